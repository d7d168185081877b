//! Rows of **blocks** and **motion**, resampled to dense grids on one scale for all codecs, and summed picture by picture.
//!
//! It stands apart from the column builders, which it never calls: it reads finished record batches, from a parser or
//! from Parquet alike.

mod channel;
mod error;
mod features;
mod flow;
mod grid;
mod maps;
mod pictures;
mod placement;
mod rows;
mod velocity;

pub use channel::Channel;
pub use error::MapError;
pub use features::{Features, columns_of_features};
pub use flow::{Direction, Flow};
pub use grid::Grid;
pub use maps::Maps;
pub use placement::{Placement, Placements};
pub use rows::{columns_of_blocks, columns_of_motion};
pub use velocity::speeds;
