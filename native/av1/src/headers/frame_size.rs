//! frame_size( ), render_size( ), frame_size_with_refs( ), superres_params( ), compute_image_size( ) (5.9.5 to 5.9.9).

/// Sizes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameSize {
    /// FrameWidth: the coded, downscaled width.
    pub frame_width: u32,
    pub frame_height: u32,
    /// UpscaledWidth.
    pub upscaled_width: u32,
    pub render_width: u32,
    pub render_height: u32,
    pub use_superres: bool,
    /// SuperresDenom.
    pub superres_denom: u8,
    /// MiCols, in 4x4 units.
    pub mi_cols: u32,
    pub mi_rows: u32,
}
