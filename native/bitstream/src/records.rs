//! What every codec emits, one struct a table. Columns are made of nothing else.
//!
//! Lengths are luma samples of the coded picture, vectors luma samples, bits fractional bits, energy (8-bit sample)^2.
//! Native names are codes: indices into the codec's [`Names`].

use crate::error::ParseError;
use crate::information::Information;
use crate::plane::Plane;

/// A code or reference that the bitstream does not say.
pub const NONE: u8 = u8::MAX;
/// A QP that means nothing (pcm).
pub const NO_QP: i16 = i16::MIN;
/// A reference that is unused, or missing.
pub const NO_REF: i32 = -1;

/// The names behind a codec's codes, in the standard's own spelling.
#[derive(Debug, Clone, Copy)]
pub struct Names {
    pub partition: &'static [&'static str],
    pub intra_mode: &'static [&'static str],
    pub mode: &'static [&'static str],
    pub filter: &'static [&'static str],
    pub transform_type: &'static [&'static str],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum PictureType {
    #[default]
    I,
    P,
    B,
}

impl PictureType {
    pub const NAMES: &[&str] = &["I", "P", "B"];
}

/// How the lines of a picture are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum PictureStructure {
    #[default]
    Frame,
    /// A frame whose macroblocks may be those of its fields.
    Mbaff,
    /// Its fields are coded one after the other.
    Field,
}

impl PictureStructure {
    pub const NAMES: &[&str] = &["frame", "mbaff", "field"];
}

/// The part of a coded picture that is displayed, in its luma samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Window {
    /// All of a picture.
    #[must_use]
    pub const fn whole(width: u32, height: u32) -> Self {
        Self { x: 0, y: 0, width, height }
    }

    /// What is left of a picture inside of these margins; none where nothing is.
    #[must_use]
    pub fn inside([width, height]: [u32; 2], left: u32, right: u32, top: u32, bottom: u32) -> Option<Self> {
        let rest = |side: u32, before: u32, behind: u32| side.checked_sub(before.checked_add(behind)?).filter(|&rest| rest > 0);
        Some(Self { x: left, y: top, width: rest(width, left, right)?, height: rest(height, top, bottom)? })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Prediction {
    #[default]
    Intra,
    Inter,
    IntraBc,
    Palette,
    Pcm,
}

impl Prediction {
    pub const NAMES: &[&str] = &["intra", "inter", "intrabc", "palette", "pcm"];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Warp {
    #[default]
    None,
    Obmc,
    Local,
    Global,
}

impl Warp {
    pub const NAMES: &[&str] = &["none", "obmc", "local", "global"];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Compound {
    #[default]
    None,
    Average,
    Weighted,
    Distance,
    Wedge,
    DiffWtd,
    InterIntra,
}

impl Compound {
    pub const NAMES: &[&str] = &["none", "average", "weighted", "distance", "wedge", "diffwtd", "interintra"];
}

/// One coded picture, without what [`Picture::close`] sums from its blocks and what presentation order tells later.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FrameRecord {
    pub coded_order: u32,
    pub kind: PictureType,
    /// Decoding can start here.
    pub key: bool,
    pub temporal_layer: i8,
    /// coded_order of the reference pictures, [`NO_REF`] where one is missing.
    pub refs0: Vec<i32>,
    pub refs1: Vec<i32>,
    pub width: u32,
    pub height: u32,
    pub crop: Window,
    /// Width that decoders stretch the window to, where it is another: UpscaledWidth of AV1's superres.
    pub stretched_width: Option<u32>,
    pub structure: PictureStructure,
    /// PicOrderCnt, or AV1's OrderHint.
    pub poc: Option<i32>,
    /// Of the packet that it begins in.
    pub dts: Option<i64>,
    /// Coded size, with everything that counts to this picture.
    pub bytes: u32,
    pub film_grain: bool,
    /// Every reference was there.
    pub complete: bool,
    /// Why it could not be read; it has no rows then.
    pub error: Option<ParseError>,
}

/// One coding block.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BlockRecord {
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
    pub prediction: Prediction,
    pub skip: bool,
    pub partition: u8,
    /// [`NONE`] for blocks that are not intra.
    pub intra_mode: u8,
    /// 0 frame, 1 top field, 2 bottom field.
    pub field: u8,
    /// log2 of the largest luma transform's longer side; [`NONE`] where none is coded.
    pub transform: u8,
    /// Native QP; [`NO_QP`] for pcm.
    pub qp: i16,
    pub coefs: u16,
    pub coefs_chroma: u16,
    /// Quantiser step on the scale common to all codecs; means nothing where there is no QP.
    pub qstep: f32,
    pub energy: f32,
    pub energy_chroma: f32,
    pub bits_mode: f32,
    pub bits_motion: f32,
    pub bits_residual: f32,
}

/// One inter prediction block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MotionRecord {
    /// Index of its coding block in the picture.
    pub block: u32,
    pub part: u8,
    pub mode: u8,
    /// [`NONE`] where the codec has no such choice.
    pub filter: u8,
    pub warp: Warp,
    pub compound: Compound,
    pub field: u8,
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
    /// coded_order, or [`NO_REF`].
    pub refs: [i32; 2],
    /// x and y of either vector, luma samples; means nothing where the list is unused.
    pub mv: [[f32; 2]; 2],
    /// Whether either list is used: a used list whose reference is missing has [`NO_REF`] and its vector all the same.
    pub used: [bool; 2],
}

/// One transform block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransformRecord {
    pub block: u32,
    pub plane: u8,
    pub kind: u8,
    pub coefs: u16,
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
    pub energy: f32,
    /// The coefficient of the flat basis function, scaled to an orthonormal transform and to 8 bits; NaN where there is none.
    pub dc: f32,
    pub bits: f32,
}

/// A coded picture with its rows, in coding order.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    pub frame: FrameRecord,
    pub blocks: Vec<BlockRecord>,
    pub motion: Vec<MotionRecord>,
    pub transforms: Vec<TransformRecord>,
    /// Where it is asked for.
    pub residual: Option<Plane>,
    pub sums: Sums,
}

/// Sums over all blocks of a picture, kept whether or not the block rows are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// Blocks so far: the index of the next one.
    pub blocks: u32,
    /// Of what is of no block: parameter sets, messages, headers, framing, alignment.
    pub bits_header: f64,
    pub bits_mode: f64,
    pub bits_motion: f64,
    pub bits_residual: f64,
    /// Luma samples of the picture that are in blocks that have a QP.
    pub qp_area: f64,
    /// QP times area, and quantiser step times area.
    pub qp: f64,
    pub qstep: f64,
}

impl FrameRecord {
    /// Width and height that decoders show it at.
    #[must_use]
    pub fn shown_size(&self) -> [u32; 2] {
        [self.stretched_width.unwrap_or(self.crop.width), self.crop.height]
    }

    /// Luma samples of a block, as x, y, w and h, that are in the picture: the last block of a row or column may reach over
    /// its edge.
    #[inline]
    #[must_use]
    pub fn area_within(&self, [x, y, w, h]: [u16; 4]) -> u32 {
        let inside = |begin: u16, length: u16, side: u32| u32::from(length).min(side.saturating_sub(u32::from(begin)));
        inside(x, w, self.width) * inside(y, h, self.height)
    }
}

impl Picture {
    /// Adds one coding block: its row where wanted, its sums always.
    #[inline]
    pub fn push_block(&mut self, block: &BlockRecord, keep_row: bool) {
        let sums = &mut self.sums;
        sums.blocks += 1;
        sums.bits_mode += f64::from(block.bits_mode);
        sums.bits_motion += f64::from(block.bits_motion);
        sums.bits_residual += f64::from(block.bits_residual);
        if block.qp != NO_QP {
            let area = f64::from(self.frame.area_within([block.x, block.y, block.w, block.h]));
            sums.qp_area += area;
            sums.qp += area * f64::from(block.qp);
            sums.qstep += area * f64::from(block.qstep);
        }
        if keep_row {
            self.blocks.push(*block);
        }
    }

    /// Rows of every table but **frames**.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.blocks.len() + self.motion.len() + self.transforms.len()
    }

    /// Counts bytes of the stream to the picture; what they are spent on is charged where their syntax is read.
    pub fn count_bytes(&mut self, bytes: u64) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.frame.bytes = self.frame.bytes.saturating_add(bytes);
    }

    /// Charges bits that are of no block.
    pub fn charge_header(&mut self, bits: Information) {
        self.sums.bits_header += bits.bits();
    }

    /// Charges bits of mode, motion and residual to its blocks.
    pub fn charge_blocks(&mut self, bits: [Information; 3]) {
        let [mode, motion, residual] = bits.map(Information::bits);
        self.sums.bits_mode += mode;
        self.sums.bits_motion += motion;
        self.sums.bits_residual += residual;
    }

    /// Counts bytes that are of no block, all of them.
    pub fn count_header_bytes(&mut self, bytes: u64) {
        self.count_bytes(bytes);
        self.charge_header(Information::from_bits(8 * bytes));
    }

    /// Bits of every class.
    #[must_use]
    pub fn bits(&self) -> f64 {
        let Sums { bits_header, bits_mode, bits_motion, bits_residual, .. } = self.sums;
        bits_header + bits_mode + bits_motion + bits_residual
    }

    /// The picture cannot be read: nothing is left of it but its row in **frames**, which says why.
    pub fn damage(&mut self, error: ParseError) {
        self.blocks.clear();
        self.motion.clear();
        self.transforms.clear();
        self.residual = None;
        self.sums = Sums::default();
        self.frame.complete = false;
        self.frame.error = Some(error);
    }

    /// Empties the picture for another one; keeps its allocations.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.motion.clear();
        self.transforms.clear();
        self.residual = None;
        self.sums = Sums::default();
        self.frame = FrameRecord::default();
    }
}
