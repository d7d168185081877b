//! The colour map of a block (5.11.49).

/// The samples of the widest block that has a palette.
pub(crate) const STRIDE: usize = 64;

/// ColorMapY, then ColorMapUV: one at a time.
#[derive(Debug)]
pub(crate) struct ColorMap(pub(crate) Box<[u8; STRIDE * STRIDE]>);

impl Default for ColorMap {
    fn default() -> Self {
        Self(Box::new([0; STRIDE * STRIDE]))
    }
}
