//! Groups of blocks: 6.2.5.2, gob_layer( ); H.263 clause 5.2.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::headers::short::{Gob, rows_in_gob};
use crate::state::VopReader;

impl VopReader<'_> {
    /// The macroblocks of a picture of H.263.
    pub(crate) fn read_short_picture(&mut self) -> Result<()> {
        for address in 0..self.macroblocks() {
            self.move_to(address);
            if self.column == 0 {
                self.skip_stuffing();
                if self.is_at_marker() {
                    self.read_gob_header()?;
                }
            }
            self.read_macroblock()?;
        }
        self.check_short_end()
    }

    /// Whether sixteen zeros come next: no words do.
    fn is_at_marker(&self) -> bool {
        self.bits.peek57() >> 48 == 0
    }

    fn read_gob_header(&mut self) -> Result<()> {
        let at = self.position();
        let rows = rows_in_gob(self.vol);
        match Gob::read(&mut self.bits, self.vol)? {
            Gob::Header { gob_number, quant_scale } if gob_number * rows == self.row => {
                self.first = self.address;
                self.quantiser_scale = quant_scale;
            }
            Gob::Header { gob_number, .. } => {
                let reason = format!("group {gob_number} in row {} of macroblocks", self.row);
                return Err(ParseError::malformed("gob_number", reason).at_bit(at));
            }
            Gob::EndOfSequence => {
                return Err(ParseError::malformed("gob_number", "the picture ends early").at_bit(at));
            }
        }
        self.charge(Class::Header);
        Ok(())
    }

    /// Zeros up to the end, with the end of the sequence among them at most.
    fn check_short_end(&mut self) -> Result<()> {
        self.skip_stuffing();
        let at = self.position();
        if self.has_ones_left()
            && (!self.is_at_marker() || Gob::read(&mut self.bits, self.vol)? != Gob::EndOfSequence || self.has_ones_left())
        {
            let reason = "what follows the last macroblock is not zero";
            return Err(ParseError::malformed("stuffing", reason).at_bit(at));
        }
        self.bits.seek(self.bits.data().len() * 8);
        self.charge(Class::Header);
        Ok(())
    }

    fn has_ones_left(&self) -> bool {
        self.bits.last_one_bit().is_some_and(|last| last >= self.bits.position())
    }
}
