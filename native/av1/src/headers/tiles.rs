//! tile_info( ) (5.9.15) and tile_group_obu( ) (5.11.1).

/// tile_info( ).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TileInfo {
    /// MiColStarts: TileCols + 1 entries, the last one MiCols.
    pub mi_col_starts: Vec<u32>,
    /// MiRowStarts: TileRows + 1 entries, the last one MiRows.
    pub mi_row_starts: Vec<u32>,
    /// TileCols.
    pub tile_cols: u32,
    pub tile_rows: u32,
    pub tile_cols_log2: u32,
    pub tile_rows_log2: u32,
    pub context_update_tile_id: u32,
    /// TileSizeBytes.
    pub tile_size_bytes: u32,
}
