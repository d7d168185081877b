//! macroblock( ) and macroblock_modes( ): 6.2.5 and 6.2.5.1.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};
use codecorpus_mpeg::motion::Mv;
use codecorpus_mpeg::vlc::Table;

use crate::emit::{Mode, Prediction, Row};
use crate::headers::slice::read_quantiser_scale_code;
use crate::headers::{PictureType, Structure};
use crate::motion::{MotionType, Vectors};
use crate::residual::coded::Residual;
use crate::state::SliceReader;
use crate::tables::{TYPES_B, TYPES_D, TYPES_I, TYPES_P, flag};

static TYPE_I: Table<4, 0> = Table::of_words(&TYPES_I);
static TYPE_P: Table<64, 0> = Table::of_words(&TYPES_P);
static TYPE_B: Table<64, 0> = Table::of_words(&TYPES_B);
static TYPE_D: Table<2, 0> = Table::of_words(&TYPES_D);

/// macroblock_type: its flags.
#[derive(Debug, Clone, Copy)]
struct MacroblockType(u16);

impl MacroblockType {
    const fn is(self, flags: u16) -> bool {
        self.0 & flags != 0
    }
}

impl SliceReader<'_> {
    pub(crate) fn read_macroblock(&mut self) -> Result<()> {
        let kind = self.read_macroblock_type()?;
        let motion_type = if kind.is(flag::FORWARD | flag::BACKWARD) { self.read_motion_type()? } else { self.undivided() };
        self.charge(Class::Mode);
        let codes_blocks = kind.is(flag::INTRA | flag::PATTERN);
        let dct_field = self.header().mixes_fields() && codes_blocks && self.bits.flag("dct_type")?;
        if kind.is(flag::QUANT) {
            let code = read_quantiser_scale_code(&mut self.bits)?;
            self.set_quantiser_scale(code);
        }
        self.charge(Class::Residual);
        if kind.is(flag::INTRA) { self.read_intra(dct_field) } else { self.read_inter(kind, motion_type, dct_field) }
    }

    fn read_macroblock_type(&mut self) -> Result<MacroblockType> {
        let element = "macroblock_type";
        let value = match self.header().picture_type {
            PictureType::I => TYPE_I.read(&mut self.bits, element),
            PictureType::P => TYPE_P.read(&mut self.bits, element),
            PictureType::B => TYPE_B.read(&mut self.bits, element),
            PictureType::D => TYPE_D.read(&mut self.bits, element),
        }?;
        Ok(MacroblockType(value as u16))
    }

    /// frame_motion_type or field_motion_type: tables 6-17 and 6-18.
    fn read_motion_type(&mut self) -> Result<MotionType> {
        let in_frame = self.header().structure == Structure::Frame;
        if in_frame && !self.header().mixes_fields() {
            return Ok(MotionType::Frame);
        }
        let at = self.position();
        let element = if in_frame { "frame_motion_type" } else { "field_motion_type" };
        match self.bits.u(2, element)? {
            1 => Ok(MotionType::Field),
            2 if in_frame => Ok(MotionType::Frame),
            2 => Ok(MotionType::Halves),
            3 if self.header().picture_type == PictureType::P => Ok(MotionType::DualPrime),
            other => Err(ParseError::malformed(element, format!("{other} cannot be")).at_bit(at)),
        }
    }

    fn read_intra(&mut self, dct_field: bool) -> Result<()> {
        if self.header().concealment_motion_vectors {
            // They are for what is lost: nothing is predicted with them, but vectors that follow are (7.6.3.9).
            self.read_vectors(self.undivided(), 0, &mut Vectors::default())?;
            self.bits.skip(1, "marker_bit")?;
            self.charge(Class::Motion);
        } else {
            self.predictors.reset_vectors();
        }
        self.predictors.directions = [false; 2];
        let all = (1 << self.chroma_format().block_count()) - 1;
        let residual = self.read_blocks(all, true, dct_field)?;
        if self.is_d() {
            let at = self.position();
            if !self.bits.flag("end_of_macroblock")? {
                return Err(ParseError::malformed("end_of_macroblock", "it is 0").at_bit(at));
            }
        }
        self.charge(Class::Residual);
        self.emit_block(Row::intra(), &residual);
        Ok(())
    }

    fn read_inter(&mut self, kind: MacroblockType, motion_type: MotionType, dct_field: bool) -> Result<()> {
        let directions = [kind.is(flag::FORWARD), kind.is(flag::BACKWARD)];
        let bottom = self.header().structure == Structure::Bottom;
        let mut vectors = Vectors { bottom: [[bottom; 2]; 2], ..Vectors::default() };
        for (s, _) in directions.iter().enumerate().filter(|(_, used)| **used) {
            self.read_vectors(motion_type, s, &mut vectors)?;
        }
        self.charge(Class::Motion);
        let coded = directions != [false; 2];
        if !coded {
            // P pictures: predicted from the same place (7.6.3.5).
            self.predictors.reset_vectors();
        }
        self.predictors.directions = if coded { directions } else { [true, false] };
        let residual = if kind.is(flag::PATTERN) {
            let pattern = self.read_coded_block_pattern()?;
            self.read_blocks(pattern, false, dct_field)?
        } else {
            Residual::default()
        };
        self.charge(Class::Residual);
        self.emit_motion(if coded { Mode::Explicit } else { Mode::Zero }, motion_type, &vectors);
        self.emit_block(Row::inter(motion_type), &residual);
        Ok(())
    }

    /// PMV\[0\]\[s\], of the directions that the last macroblock was predicted from (7.6.6), in half samples.
    pub(crate) fn predicted_vectors(&self) -> [Mv; 2] {
        let mut vectors = self.predictors.pmv[0];
        for (vector, full_pel) in vectors.iter_mut().zip(self.header().full_pel) {
            if full_pel {
                *vector = vector.map(|component| component * 2);
            }
        }
        vectors
    }

    /// The rows of **motion** of the macroblock whose row of **blocks** comes next.
    pub(crate) fn emit_motion(&mut self, mode: Mode, motion_type: MotionType, vectors: &Vectors) {
        let used = self.predictors.directions;
        let field = self.header().structure.field();
        let prediction = |r: usize, of_field: u8, rectangle: [u32; 4]| Prediction {
            mode,
            field: of_field,
            rectangle,
            used,
            mv: vectors.mv[r],
            references: [0, 1].map(|s| self.picture.reference(s, vectors.bottom[r][s])),
        };
        let dual = |first: Prediction, r: usize| Prediction {
            used: [true; 2],
            mv: [vectors.mv[0][0], vectors.opposite[r]],
            references: [self.picture.reference(0, field == 2), self.picture.reference(0, field != 2)],
            ..first
        };
        let whole = [0, 0, 16, 16];
        // A field of a frame's macroblock, in lines of the field.
        let of_field = |r: usize| prediction(r, 1 + r as u8, [0, 0, 16, 8]);
        let mut emit = |part, row| self.out.motion(part, [self.column, self.row], field != 0, &row);
        match motion_type {
            MotionType::Frame => emit(0, prediction(0, 0, whole)),
            MotionType::Field if field != 0 => emit(0, prediction(0, field, whole)),
            MotionType::DualPrime if field != 0 => emit(0, dual(prediction(0, field, whole), 0)),
            MotionType::Field => (0..2).for_each(|r| emit(r as u8, of_field(r))),
            MotionType::DualPrime => (0..2).for_each(|r| emit(r as u8, dual(of_field(r), r))),
            MotionType::Halves => (0..2).for_each(|r| emit(r as u8, prediction(r, field, [0, 8 * r as u32, 16, 8]))),
        }
    }

    pub(crate) fn emit_block(&mut self, row: Row, residual: &Residual) {
        let spent = self.tally.take_block();
        let place = ([self.column, self.row], self.header().structure.field());
        self.out.block(place, self.quantiser_scale, spent, row, residual);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codecorpus_mpeg::vlc;

    #[test]
    fn every_macroblock_type_is_found() {
        let words = |words: &[vlc::Word]| words.iter().map(|&(bits, n, value)| (bits, n, u32::from(value))).collect::<Vec<_>>();
        vlc::check(&TYPE_I, &words(&TYPES_I));
        vlc::check(&TYPE_P, &words(&TYPES_P));
        vlc::check(&TYPE_B, &words(&TYPES_B));
        vlc::check(&TYPE_D, &words(&TYPES_D));
    }
}
