//! Reading macroblock syntax elements, by either entropy coding mode.

pub(crate) mod cabac;
pub(crate) mod cavlc;

use codecorpus_bitstream::{Information, Result};

pub(crate) use cabac::CabacSyntax;
pub(crate) use cavlc::CavlcSyntax;

/// Shapes of lists, by which a coefficient's index becomes ctxIdxInc of its significance flags.
pub(crate) mod shape {
    pub(crate) const PLAIN: u8 = 0;
    pub(crate) const EIGHT_BY_EIGHT: u8 = 1;
    pub(crate) const CHROMA_DC: u8 = 2;
}

/// Where the coefficients of a block go.
pub(crate) trait Sink {
    /// The coefficient with an index in its list (coeffLevel), which is not zero.
    fn put(&mut self, index: usize, level: i32);
}

/// A list of transform coefficient levels to read: residual_block( ) of 7.3.5.3.3.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// ctxBlockCat (table 9-42).
    pub(crate) category: u8,
    /// maxNumCoeff.
    pub(crate) size: u8,
    /// CAVLC: nC.
    pub(crate) selector: i8,
}

/// What the contexts of coded_block_pattern depend on, in 8x8 blocks: whether those to the left and above have coefficients.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NeighbourPatterns {
    /// Bits 1 and 3: left of the upper and of the lower quarters. Bits as in CodedBlockPatternLuma of the macroblock to the left.
    pub(crate) left: u8,
    /// As CodedBlockPatternLuma of the macroblock above: bits 2 and 3.
    pub(crate) above: u8,
    /// CodedBlockPatternChroma of both.
    pub(crate) left_chroma: u8,
    pub(crate) above_chroma: u8,
}

/// The elements of macroblock_layer( ) and below. An `increment` (ctxIdxInc) means nothing to CAVLC.
pub(crate) trait Syntax {
    const CABAC: bool;

    /// Where in the slice this is: differences are the bits of what stands between.
    fn information(&self) -> Information;

    /// mb_type of an I slice; `increment` by 9.3.3.1.1.3.
    fn mb_type_i(&mut self, increment: u8) -> Result<u8>;
    /// mb_type of a P slice; 5 and above: those of I slices.
    fn mb_type_p(&mut self) -> Result<u8>;
    /// mb_type of a B slice; 23 and above: those of I slices; `increment` by 9.3.3.1.1.3.
    fn mb_type_b(&mut self, increment: u8) -> Result<u8>;
    fn sub_mb_type_p(&mut self) -> Result<u8>;
    fn sub_mb_type_b(&mut self) -> Result<u8>;
    /// ref_idx_l0 or ref_idx_l1, of `count` reference indices (more than one); `increment` by 9.3.3.1.1.6.
    fn ref_idx(&mut self, increment: u8, count: u32) -> Result<u8>;
    /// Both components of mvd_l0 or mvd_l1: `sums` are those of the neighbours' absMvdComp (9.3.3.1.1.7).
    fn mvd(&mut self, sums: [u32; 2]) -> Result<[i32; 2]>;
    /// prev_intra4x4_pred_mode_flag (or 8x8) and rem_intra4x4_pred_mode where the flag is 0.
    fn intra_pred_mode(&mut self) -> Result<Option<u8>>;
    /// intra_chroma_pred_mode; `increment` by 9.3.3.1.1.8.
    fn intra_chroma_pred_mode(&mut self, increment: u8) -> Result<u8>;
    /// CodedBlockPatternLuma | CodedBlockPatternChroma << 4; `chroma`: ChromaArrayType is 1 or 2.
    fn coded_block_pattern(&mut self, neighbours: NeighbourPatterns, inter: bool, chroma: bool) -> Result<u8>;
    /// transform_size_8x8_flag; `increment` by 9.3.3.1.1.10.
    fn transform_size_8x8_flag(&mut self, increment: u8) -> Result<bool>;
    /// mb_qp_delta; `increment`: whether the last macroblock had one other than 0 (9.3.3.1.1.5).
    fn mb_qp_delta(&mut self, increment: bool) -> Result<i32>;
    /// coded_block_flag, where the block has one (CABAC); true where its list must be read; `increment` by 9.3.3.1.1.9.
    fn coded_block_flag(&mut self, category: u8, increment: i8) -> bool;
    /// Reads a list of levels and says how many there are. [`Syntax::coded_block_flag`] was true.
    fn residual_block<const SHAPE: u8>(&mut self, block: Block, field: bool, sink: &mut impl Sink) -> Result<u32>;
    /// pcm_alignment_zero_bit and `bits` bits of samples, and what follows them.
    fn skip_pcm(&mut self, bits: usize) -> Result<()>;
}
