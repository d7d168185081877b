//! Arrow columns of the shared records: the one place that declares the tables, and the one writer of their rows.

mod assemble;
mod build;
mod column;
mod numbers;
mod size;
mod timeline;
mod times;

pub use assemble::{Assembler, most_bytes_of};
pub use build::{Batch, schema};
pub use column::VERSION;
pub use times::Times;
