//! How much of a stream makes a batch.

/// Rows and pictures that make a batch.
pub(crate) const BATCH_ROWS: usize = 1 << 17;
const BATCH_PICTURES: usize = 4096;
/// And bytes of residual samples.
const BATCH_BYTES: usize = 1 << 24;

/// How much there is of pictures.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    pub(crate) pictures: usize,
    pub(crate) rows: usize,
    pub(crate) residual_bytes: usize,
}

impl Size {
    pub(crate) const fn add(&mut self, other: Self) {
        self.pictures += other.pictures;
        self.rows += other.rows;
        self.residual_bytes += other.residual_bytes;
    }

    /// Whether it makes a batch.
    pub(crate) const fn is_full(self) -> bool {
        self.rows >= BATCH_ROWS || self.pictures >= BATCH_PICTURES || self.residual_bytes >= BATCH_BYTES
    }
}
