//! CTB raster and tile scanning conversion (6.5.1).

use codecorpus_bitstream::{ParseError, Result};

use super::pps::{Pps, TileStructure};
use super::sps::Sps;

/// Where every CTB of a picture stands in tile scan.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TileScan {
    /// CtbAddrTsToRs.
    pub(crate) ts_to_rs: Vec<u32>,
    /// CtbAddrRsToTs.
    pub(crate) rs_to_ts: Vec<u32>,
    /// TileId, by raster scan address.
    pub(crate) tile_id: Vec<u16>,
    /// Whether a CTB column is the first of its tile, by column.
    pub(crate) starts_tile_column: Vec<bool>,
}

impl TileScan {
    pub(crate) fn new(sps: &Sps, pps: &Pps) -> Result<Self> {
        let (width, height) = (sps.width_in_ctbs(), sps.height_in_ctbs());
        let (columns, rows) = match &pps.tiles {
            None => (vec![0, width], vec![0, height]),
            Some(TileStructure::Uniform { columns, rows }) => (uniform(width, *columns)?, uniform(height, *rows)?),
            Some(TileStructure::Explicit { columns, rows }) => (explicit(width, columns)?, explicit(height, rows)?),
        };
        let count = (width * height) as usize;
        let mut scan = Self {
            ts_to_rs: Vec::with_capacity(count),
            rs_to_ts: vec![0; count],
            tile_id: vec![0; count],
            starts_tile_column: (0..width).map(|x| columns.contains(&x)).collect(),
        };
        let mut tile = 0;
        for row in rows.windows(2) {
            for column in columns.windows(2) {
                scan.add_tile(tile, width, row[0]..row[1], column[0]..column[1]);
                tile += 1;
            }
        }
        Ok(scan)
    }

    fn add_tile(&mut self, tile: u16, width: u32, rows: std::ops::Range<u32>, columns: std::ops::Range<u32>) {
        for y in rows {
            for x in columns.clone() {
                let rs = y * width + x;
                self.rs_to_ts[rs as usize] = self.ts_to_rs.len() as u32;
                self.tile_id[rs as usize] = tile;
                self.ts_to_rs.push(rs);
            }
        }
    }
}

/// colBd or rowBd of uniform spacing (equations 6-3 and 6-4, summed up).
fn uniform(size: u32, count: u32) -> Result<Vec<u32>> {
    if count > size {
        return Err(ParseError::malformed("num_tile_columns_minus1", "more tiles than coding tree blocks"));
    }
    Ok((0..=count).map(|i| i * size / count).collect())
}

fn explicit(size: u32, sizes: &[u32]) -> Result<Vec<u32>> {
    let mut bounds = vec![0];
    let mut end = 0u32;
    for s in sizes {
        end = end.saturating_add(*s);
        bounds.push(end);
    }
    if end >= size {
        return Err(ParseError::malformed("column_width_minus1", "the tiles are wider than the picture"));
    }
    bounds.push(size);
    Ok(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::sps::BlockSizes;

    #[test]
    fn two_by_two_tiles_of_five_by_three_blocks() {
        let sps = Sps { width: 80, height: 48, sizes: BlockSizes { ctb_log2: 4, ..BlockSizes::default() }, ..Sps::default() };
        let pps = Pps { tiles: Some(TileStructure::Uniform { columns: 2, rows: 2 }), ..Pps::default() };
        let scan = TileScan::new(&sps, &pps).unwrap();
        assert_eq!(scan.ts_to_rs, [0, 1, 2, 3, 4, 5, 6, 10, 11, 7, 8, 9, 12, 13, 14]);
        assert_eq!(scan.tile_id, [0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 2, 2, 3, 3, 3]);
        assert!((0..15).all(|rs| scan.ts_to_rs[scan.rs_to_ts[rs] as usize] == rs as u32));
        assert_eq!(scan.starts_tile_column, [true, false, true, false, false]);
    }

    #[test]
    fn explicit_tiles_must_leave_room() {
        assert_eq!(explicit(5, &[1, 2]).unwrap(), [0, 1, 3, 5]);
        assert!(explicit(3, &[1, 2]).is_err());
        assert!(uniform(3, 4).is_err());
    }
}
