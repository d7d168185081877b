//! One stream, several readers at once.
//!
//! A scout runs ahead and finds where the stream can be cut. Workers read what is between cuts: each takes the first part
//! that nobody reads, with a reader that begins there. A reader that comes to a part that nobody has taken reads on into it;
//! where another one reads it already, that one goes on in its place if, and only if, it reads as the first would. So the
//! stream is read as by one reader, whatever the number of workers and whoever comes first.

mod ahead;
mod limits;
mod piece;
mod state;
mod worker;

pub use ahead::{ParallelReader, Taken, TakesParts};
pub use limits::Limits;
pub use piece::Piece;
