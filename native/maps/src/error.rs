//! What can be wrong with tables that come from outside.

/// Why no map can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    #[error("there is no column {0:?}")]
    MissingColumn(&'static str),
    #[error("the column {0:?} is not of the type that the schema gives it")]
    ColumnType(&'static str),
    #[error("{0}")]
    Argument(&'static str),
    #[error("{frames} frames of {cells} cells in {channels} channels do not fit into memory")]
    Memory { frames: usize, cells: usize, channels: usize },
}

pub type Result<T> = std::result::Result<T, MapError>;

/// `frames * channels * cells` values, all `fill`, unless there is no memory for them.
pub(crate) fn allocate<T: Clone>(frames: usize, channels: usize, cells: usize, fill: T) -> Result<Vec<T>> {
    let too_large = MapError::Memory { frames, cells, channels };
    let length = frames.checked_mul(channels).and_then(|n| n.checked_mul(cells)).ok_or_else(|| too_large.clone())?;
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| too_large)?;
    values.resize(length, fill);
    Ok(values)
}
