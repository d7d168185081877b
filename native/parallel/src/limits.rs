//! What reading may take.

use codecorpus_bitstream::division::Least;

/// What reading may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Readers at once.
    pub threads: usize,
    /// Bytes of what was read ahead, beyond which readers wait.
    pub memory: usize,
    /// What a picture takes in memory at most, as is thought before one is read; 0 where nothing is known.
    pub picture_bytes: usize,
    /// Parts that are at least so long.
    pub least: Least,
}
