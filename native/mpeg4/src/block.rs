//! macroblock( ): 6.2.6.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};
use codecorpus_mpeg::motion::{Mv, Reach};
use codecorpus_mpeg::vlc::{Table, Word};

use crate::emit::{Mode, Part, Partition, Row};
use crate::headers::VopType;
use crate::motion::Prediction;
use crate::refs::MotionKind;
use crate::residual::coded::Residual;
use crate::residual::{DcSource, Texture};
use crate::state::VopReader;
use crate::tables::{CBPY, MCBPC_INTER, MCBPC_INTRA};

static INTRA_TYPE: Table<64, 2> = Table::of_words(&MCBPC_INTRA);
static INTER_TYPE: Table<512, 0> = Table::of_words(&MCBPC_INTER);
static PATTERN_LUMA: Table<64, 0> = Table::of_words(&CBPY);

/// mb_type in B-VOPs: table B-3. The index is that of [`BType`].
const B_TYPES: [Word; 4] = [(1, 1, 0), (1, 2, 1), (1, 3, 2), (1, 4, 3)];
static B_TYPE: Table<16, 0> = Table::of_words(&B_TYPES);

/// What mcbpc is where it only stuffs.
const INTRA_STUFFING: u32 = 8;
const INTER_STUFFING: u32 = 20;

/// derived_mb_type: table B-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MacroblockType {
    Inter,
    Intra,
    Inter4v,
}

/// mcbpc: the type of a macroblock, whether its quantiser changes, and cbpc.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mcbpc {
    pub(crate) kind: MacroblockType,
    pub(crate) quant: bool,
    pub(crate) pattern_chroma: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BType {
    Direct,
    Interpolate,
    Backward,
    Forward,
}

impl BType {
    const ALL: [Self; 4] = [Self::Direct, Self::Interpolate, Self::Backward, Self::Forward];

    const fn directions(self) -> [bool; 2] {
        [!matches!(self, Self::Backward), !matches!(self, Self::Forward)]
    }

    const fn partition(self) -> Partition {
        match self {
            Self::Direct => Partition::Direct,
            Self::Interpolate => Partition::Interpolate,
            Self::Backward => Partition::Backward,
            Self::Forward => Partition::Forward,
        }
    }
}

impl VopReader<'_> {
    /// A macroblock of whatever type of VOP.
    #[inline(always)]
    pub(crate) fn read_macroblock(&mut self) -> Result<()> {
        match self.vop.vop_type {
            VopType::P | VopType::S => self.read_predicted(),
            VopType::B => self.read_bidirectional(),
            VopType::I => {
                let mcbpc = self.read_mcbpc_intra()?;
                self.read_intra(mcbpc)
            }
        }
    }

    /// mcbpc of I-VOPs, stuffing before it left out.
    pub(crate) fn read_mcbpc_intra(&mut self) -> Result<Mcbpc> {
        loop {
            let value = INTRA_TYPE.read(&mut self.bits, "mcbpc")?;
            if value != INTRA_STUFFING {
                self.charge(Class::Mode);
                return Ok(Mcbpc { kind: MacroblockType::Intra, quant: value & 4 != 0, pattern_chroma: value & 3 });
            }
            self.charge(Class::Header);
        }
    }

    /// not_coded and mcbpc of P- and S-VOPs, stuffing before them left out; none where the macroblock is not coded.
    #[inline(always)]
    pub(crate) fn read_mcbpc_inter(&mut self) -> Result<Option<Mcbpc>> {
        loop {
            if self.bits.flag("not_coded")? {
                self.charge(Class::Mode);
                return Ok(None);
            }
            let at = self.position();
            let value = INTER_TYPE.read(&mut self.bits, "mcbpc")?;
            let (kind, quant) = match value >> 2 {
                0 => (MacroblockType::Inter, false),
                1 => (MacroblockType::Intra, false),
                2 => (MacroblockType::Inter, true),
                3 => (MacroblockType::Intra, true),
                _ if value == INTER_STUFFING => {
                    self.charge(Class::Header);
                    continue;
                }
                _ if self.vol.short_video_header => {
                    return Err(ParseError::unsupported("mcbpc", "only baseline H.263 is read").at_bit(at));
                }
                _ => (MacroblockType::Inter4v, false),
            };
            self.charge(Class::Mode);
            return Ok(Some(Mcbpc { kind, quant, pattern_chroma: value & 3 }));
        }
    }

    #[inline(always)]
    fn read_predicted(&mut self) -> Result<()> {
        let Some(mcbpc) = self.read_mcbpc_inter()? else {
            self.skip_predicted();
            self.emit_block(Row::not_coded(), &Residual::default());
            return Ok(());
        };
        match mcbpc.kind {
            MacroblockType::Intra => {
                self.motion.set_whole(self.address as usize, MotionKind::Intra, [0; 2]);
                self.read_intra(mcbpc)
            }
            MacroblockType::Inter => self.read_inter(mcbpc),
            MacroblockType::Inter4v => self.read_inter4v(mcbpc),
        }
    }

    /// The motion of a macroblock that is not coded: none, or the global one.
    #[inline(always)]
    pub(crate) fn skip_predicted(&mut self) {
        let address = self.address as usize;
        if self.vop.vop_type == VopType::S {
            let mv = self.mean_vector();
            self.motion.set_whole(address, MotionKind::Whole, mv);
            self.emit_motion(Mode::Gmc, 0, Part::WHOLE, [Some(mv), None]);
        } else {
            self.motion.set_whole(address, MotionKind::NotCoded, [0; 2]);
            self.emit_motion(Mode::Skip, 0, Part::WHOLE, [Some([0; 2]), None]);
        }
        self.edges.pass(self.column as usize);
    }

    /// The mean vector of global motion (7.8.7.3).
    pub(crate) fn mean_vector(&self) -> Mv {
        self.vop.warp.mean_vector([self.column, self.row], self.vol.quarter_sample, self.vop.f_code[0])
    }

    /// cbpy of an inter macroblock, with cbpc: pattern_code\[i\] is bit 5 - i.
    #[inline(always)]
    pub(crate) fn read_inter_pattern(&mut self, mcbpc: Mcbpc) -> Result<u32> {
        Ok((PATTERN_LUMA.read(&mut self.bits, "cbpy")? ^ 15) << 2 | mcbpc.pattern_chroma)
    }

    /// cbpy of an intra macroblock, with cbpc.
    pub(crate) fn read_intra_pattern(&mut self, mcbpc: Mcbpc) -> Result<u32> {
        Ok(PATTERN_LUMA.read(&mut self.bits, "cbpy")? << 2 | mcbpc.pattern_chroma)
    }

    /// dquant (table 6-27), where there is one; says what use_intra_dc_vlc is.
    ///
    /// That goes by the quantiser of the coded macroblock before, but by its own in the first coded one of a VOP or video packet
    /// (6.3.5, running Qp).
    pub(crate) fn read_dquant(&mut self, mcbpc: Mcbpc) -> Result<bool> {
        const DIFFERENCES: [i32; 4] = [-1, -2, 1, 2];
        let before = self.quantiser_scale;
        if mcbpc.quant {
            let difference = DIFFERENCES[self.bits.u(2, "dquant")? as usize];
            self.add_to_quantiser(difference);
        }
        let running = if self.has_coded { before } else { self.quantiser_scale };
        self.has_coded = true;
        Ok(running < self.vop.intra_dc_limit)
    }

    fn read_intra(&mut self, mcbpc: Mcbpc) -> Result<()> {
        let short = self.vol.short_video_header;
        let ac_pred = !short && self.bits.flag("ac_pred_flag")?;
        self.charge(Class::Mode);
        let pattern = self.read_intra_pattern(mcbpc)?;
        let dc = if self.read_dquant(mcbpc)? { DcSource::Words } else { DcSource::Coefficients };
        let dct_field = self.vol.interlaced && self.bits.flag("dct_type")?;
        let residual = if short {
            self.read_short_intra_blocks(pattern)?
        } else {
            self.read_intra_blocks(pattern, ac_pred, dct_field, dc, Texture::Plain)?
        };
        self.charge(Class::Residual);
        self.emit_block(Row::intra(mcbpc.quant), &residual);
        Ok(())
    }

    #[inline(always)]
    fn read_inter(&mut self, mcbpc: Mcbpc) -> Result<()> {
        let global = self.vop.vop_type == VopType::S && self.bits.flag("mcsel")?;
        self.charge(Class::Mode);
        let (pattern, dct_field) = self.read_inter_head(mcbpc)?;
        if global {
            let mv = self.mean_vector();
            self.motion.set_whole(self.address as usize, MotionKind::Whole, mv);
            self.emit_motion(Mode::Gmc, 0, Part::WHOLE, [Some(mv), None]);
        } else if self.vol.interlaced && self.read_field_prediction()? {
            let bottom =
                [self.read_reference("forward_top_field_reference")?, self.read_reference("forward_bottom_field_reference")?];
            let vectors = self.read_fields(bottom)?;
            for (field, mv) in vectors.into_iter().enumerate() {
                self.emit_motion(Mode::Explicit, field, Part::field(field), [Some(mv), None]);
            }
        } else {
            let mv = self.read_whole()?;
            self.emit_motion(Mode::Explicit, 0, Part::WHOLE, [Some(mv), None]);
        }
        self.charge(Class::Motion);
        self.finish_inter(Row::inter(Partition::Inter, mcbpc.quant), pattern, dct_field)
    }

    fn read_inter4v(&mut self, mcbpc: Mcbpc) -> Result<()> {
        let (pattern, dct_field) = self.read_inter_head(mcbpc)?;
        for (block, mv) in self.read_quarters()?.into_iter().enumerate() {
            self.emit_motion(Mode::Explicit, block, Part::quarter(block), [Some(mv), None]);
        }
        self.charge(Class::Motion);
        self.finish_inter(Row::inter(Partition::Inter4v, false), pattern, dct_field)
    }

    /// What stands between mcbpc and the vectors: cbp and dct_type.
    #[inline(always)]
    fn read_inter_head(&mut self, mcbpc: Mcbpc) -> Result<(u32, bool)> {
        let pattern = self.read_inter_pattern(mcbpc)?;
        self.read_dquant(mcbpc)?;
        let dct_field = self.vol.interlaced && pattern != 0 && self.bits.flag("dct_type")?;
        self.charge(Class::Residual);
        Ok((pattern, dct_field))
    }

    fn read_field_prediction(&mut self) -> Result<bool> {
        let field_prediction = self.bits.flag("field_prediction")?;
        self.charge(Class::Mode);
        Ok(field_prediction)
    }

    /// Whether a field refers to the bottom field.
    fn read_reference(&mut self, element: &'static str) -> Result<bool> {
        self.bits.flag(element)
    }

    #[inline(always)]
    fn finish_inter(&mut self, row: Row, pattern: u32, dct_field: bool) -> Result<()> {
        let texture = if self.vol.short_video_header { Texture::Short } else { Texture::Plain };
        let residual = self.read_inter_blocks(pattern, dct_field, texture)?;
        self.charge(Class::Residual);
        self.edges.pass(self.column as usize);
        self.emit_block(row, &residual);
        Ok(())
    }

    /// Whether a macroblock of a B-VOP has no bits: the one there of the future reference is not coded.
    #[must_use]
    pub(crate) fn is_skipped_by_colocated(&self, address: u32) -> bool {
        self.colocated.and_then(|motion| motion.mbs.get(address as usize)).is_some_and(|mb| mb.kind == MotionKind::NotCoded)
    }

    fn read_bidirectional(&mut self) -> Result<()> {
        if self.is_skipped_by_colocated(self.address) {
            self.emit_motion(Mode::Skip, 0, Part::WHOLE, [Some([0; 2]), None]);
            self.emit_block(Row::skipped(Partition::Forward), &Residual::default());
            return Ok(());
        }
        if self.bits.flag("modb")? {
            self.charge(Class::Mode);
            let prediction = self.derive_direct([0; 2]);
            self.emit_prediction(Mode::Direct, prediction, [true; 2]);
            self.emit_block(Row::skipped(Partition::Direct), &Residual::default());
            return Ok(());
        }
        let without_pattern = self.bits.flag("modb")?;
        let b_type = BType::ALL[(B_TYPE.read(&mut self.bits, "mb_type")? & 3) as usize];
        self.charge(Class::Mode);
        let pattern = if without_pattern { 0 } else { self.bits.u(6, "cbpb")? };
        if b_type != BType::Direct && pattern != 0 {
            self.read_dbquant()?;
        }
        let dct_field = self.vol.interlaced && pattern != 0 && self.bits.flag("dct_type")?;
        self.charge(Class::Residual);
        if b_type == BType::Direct {
            // The difference reaches as f_code 1 does (7.6.9.5.1).
            let difference = self.read_vector_within([0; 2], Reach::of_32(1))?;
            self.charge(Class::Motion);
            let prediction = self.derive_direct(difference);
            self.emit_prediction(Mode::Direct, prediction, [true; 2]);
        } else {
            let field_prediction = self.vol.interlaced && self.read_field_prediction()?;
            let directions = b_type.directions();
            let prediction =
                if field_prediction { self.read_field_vectors(directions)? } else { self.read_frame_vectors(directions)? };
            self.charge(Class::Motion);
            self.emit_prediction(Mode::Explicit, prediction, directions);
        }
        let residual = self.read_inter_blocks(pattern, dct_field, Texture::Plain)?;
        self.charge(Class::Residual);
        self.emit_block(Row::inter(b_type.partition(), false), &residual);
        Ok(())
    }

    /// dbquant: table 6-28.
    fn read_dbquant(&mut self) -> Result<()> {
        if self.bits.flag("dbquant")? {
            let difference = if self.bits.flag("dbquant")? { 2 } else { -2 };
            self.add_to_quantiser(difference);
        }
        Ok(())
    }

    fn read_frame_vectors(&mut self, directions: [bool; 2]) -> Result<Prediction> {
        let mut vectors = [[0; 2]; 2];
        for direction in (0..2).filter(|&direction| directions[direction]) {
            let mv = self.read_vector(self.last_vectors[0][direction], direction)?;
            vectors[direction] = mv;
            self.last_vectors[0][direction] = mv;
            self.last_vectors[1][direction] = mv;
        }
        Ok(Prediction::Whole(vectors))
    }

    /// Vectors of both fields, vertically in lines of the field (7.7.2.2).
    fn read_field_vectors(&mut self, directions: [bool; 2]) -> Result<Prediction> {
        for direction in (0..2).filter(|&direction| directions[direction]) {
            self.read_reference(["forward_field_reference", "backward_field_reference"][direction])?;
            self.read_reference(["forward_field_reference", "backward_field_reference"][direction])?;
        }
        let mut vectors = [[[0; 2]; 2]; 2];
        for direction in (0..2).filter(|&direction| directions[direction]) {
            for (field, vectors) in vectors.iter_mut().enumerate() {
                let [horizontal, vertical] = self.last_vectors[field][direction];
                let mv = self.read_vector([horizontal, vertical / 2], direction)?;
                vectors[direction] = mv;
                self.last_vectors[field][direction] = [mv[0], mv[1] * 2];
            }
        }
        Ok(Prediction::Fields(vectors))
    }

    /// The rows of **motion** of a macroblock of a B-VOP.
    fn emit_prediction(&mut self, mode: Mode, prediction: Prediction, directions: [bool; 2]) {
        let used = |vectors: [Mv; 2]| [0, 1].map(|direction| directions[direction].then_some(vectors[direction]));
        match prediction {
            Prediction::Whole(vectors) => self.emit_motion(mode, 0, Part::WHOLE, used(vectors)),
            Prediction::Quarters(quarters) => {
                for (block, vectors) in quarters.into_iter().enumerate() {
                    self.emit_motion(mode, block, Part::quarter(block), used(vectors));
                }
            }
            Prediction::Fields(fields) => {
                for (field, vectors) in fields.into_iter().enumerate() {
                    self.emit_motion(mode, field, Part::field(field), used(vectors));
                }
            }
        }
    }

    /// A row of **motion** of the macroblock whose row of **blocks** comes next.
    #[inline(always)]
    pub(crate) fn emit_motion(&mut self, mode: Mode, part: usize, place: Part, vectors: [Option<Mv>; 2]) {
        self.out.motion(mode, part, [self.column, self.row], place, vectors);
    }

    #[inline(always)]
    pub(crate) fn emit_block(&mut self, row: Row, residual: &Residual) {
        let spent = self.tally.take_block();
        self.out.block([self.column, self.row], self.quantiser_scale, spent, row, residual);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc;

    #[test]
    fn every_word_is_found() {
        let words = |words: &[Word]| words.iter().map(|&(bits, n, value)| (bits, n, u32::from(value))).collect::<Vec<_>>();
        vlc::check(&INTRA_TYPE, &words(&MCBPC_INTRA));
        vlc::check(&INTER_TYPE, &words(&MCBPC_INTER));
        vlc::check(&PATTERN_LUMA, &words(&CBPY));
        vlc::check(&B_TYPE, &words(&B_TYPES));
    }
}
