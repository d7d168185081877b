//! Arrow columns of the shared records: the one place that declares the tables, and the one writer of their rows.

mod assemble;
mod build;
pub mod schema;

pub use assemble::{Assembler, Batch};
