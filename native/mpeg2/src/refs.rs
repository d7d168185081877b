//! What is kept of a picture for those that refer to it.

/// A picture that others refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reference {
    pub(crate) coded_order: i32,
    /// It could not be read.
    pub(crate) damaged: bool,
    /// It is presented: decoders pass over what is before the first I picture.
    pub(crate) shown: bool,
}
