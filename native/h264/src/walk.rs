//! slice_data( ): 7.3.4.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{Information, ParseError, Result};

use crate::emit::Outcome;
use crate::entropy::{CabacSyntax, CavlcSyntax, Syntax};
use crate::headers::SliceType;
use crate::neighbours::macroblocks::flag;
use crate::state::MacroblockReader;

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// NextMbAddress (8.2.2): the next macroblock (or pair) of the same slice group.
    fn next_address(&self, address: u32) -> u32 {
        let Some(groups) = self.slice.slice_groups else { return address + 1 };
        let step = if MBAFF { 2 } else { 1 };
        if step == 2 && address & 1 == 0 {
            return address + 1;
        }
        let unit = (address / step) as usize;
        let Some(group) = groups.get(unit) else { return u32::MAX };
        groups[unit + 1..]
            .iter()
            .position(|other| other == group)
            .map_or(u32::MAX, |skipped| (unit as u32 + 1 + skipped as u32) * step)
    }

    /// first_mb_in_slice as an address.
    fn first_address(&self) -> u32 {
        self.slice.header.first_mb_in_slice.saturating_mul(1 + u32::from(MBAFF))
    }

    /// mb_field_decoding_flag where neither macroblock of the pair has one (7.4.4): that of the pair to the left, or above.
    fn infer_field(&mut self) {
        let [left, above] = self.field_pairs();
        self.field = left.or(above).unwrap_or(false);
    }

    fn field_pairs(&self) -> [Option<bool>; 2] {
        let grid = crate::neighbours::Grid { mbs: &*self.mbs, width: self.slice.width(), slice: self.slice.number };
        grid.field_pairs(self.address, self.column)
    }
}

impl<const MBAFF: bool> MacroblockReader<'_, CabacSyntax<'_>, MBAFF> {
    /// The slice's macroblocks, in CABAC.
    ///
    /// An error is anything that breaks the standard, and data that do not end with the last macroblock.
    pub(crate) fn read_slice(mut self) -> (Result<()>, Outcome) {
        let result = self.read_macroblocks();
        self.out.outcome.lack = self.lack.get();
        self.charge_end(8 * self.syntax.bytes() as u64);
        (result.map_err(|error| error.at_bit(self.syntax.position().max(0) as u64)), self.out.outcome)
    }

    fn read_macroblocks(&mut self) -> Result<()> {
        let mut address = self.first_address();
        loop {
            if MBAFF {
                self.read_pair(address)?;
                address += 1;
            } else {
                self.move_to(address)?;
                self.find_neighbours();
                if self.read_skip_flag() { self.skip_macroblock() } else { self.read_macroblock()? }
            }
            if self.syntax.overrun() {
                return Err(ParseError::end_of_data("macroblock_layer"));
            }
            if self.syntax.end_of_slice_flag() {
                return self.check_end();
            }
            self.charge(Class::Header);
            address = self.next_address(address);
        }
    }

    /// Reads both macroblocks of a pair.
    fn read_pair(&mut self, top: u32) -> Result<()> {
        self.move_to(top)?;
        self.infer_field();
        self.find_neighbours();
        let top_skipped = self.read_skip_flag();
        if !top_skipped {
            self.read_field_flag();
            self.find_neighbours();
            self.read_macroblock()?;
            self.move_to(top + 1)?;
            self.find_neighbours();
            self.charge(Class::Header);
            if self.read_skip_flag() {
                self.skip_macroblock()
            } else {
                self.read_macroblock()?
            }
            return Ok(());
        }
        // The motion of a skipped top macroblock depends on a flag that stands behind the bottom one's mb_skip_flag, whose
        // context in turn sees the top one as skipped, in the inferred mode.
        let bits = self.begin_skipped_top();
        self.move_to(top + 1)?;
        self.find_neighbours();
        let bottom_skipped = self.read_skip_flag();
        if !bottom_skipped {
            self.read_field_flag();
        }
        self.charge(Class::Mode);
        let bottom_bits = self.tally.take_block();
        self.mbs.slices[top as usize] = 0;
        self.move_to(top)?;
        self.tally.resume_block(bits);
        self.find_neighbours();
        self.skip_macroblock();
        self.move_to(top + 1)?;
        self.tally.resume_block(bottom_bits);
        self.find_neighbours();
        if bottom_skipped {
            self.skip_macroblock();
            Ok(())
        } else {
            self.read_macroblock()
        }
    }

    /// Puts the top macroblock of the pair down as skipped, for the contexts of the bottom one; its bits so far.
    fn begin_skipped_top(&mut self) -> [Information; 3] {
        self.charge(Class::Mode);
        let field = if self.is_field() { flag::FIELD } else { 0 };
        self.mbs.slices[self.address as usize] = self.slice.number;
        self.mbs.states[self.address as usize].flags = flag::SKIP | field;
        self.tally.take_block()
    }

    fn read_skip_flag(&mut self) -> bool {
        if self.slice.header.slice_type == SliceType::I {
            return false;
        }
        let increment = self.count_neighbours(|mb| !mb.is(flag::SKIP));
        self.syntax.mb_skip_flag(self.slice.is_b(), increment)
    }

    fn read_field_flag(&mut self) {
        let increment = self.field_pairs().into_iter().map(|field| u8::from(field == Some(true))).sum();
        self.field = self.syntax.mb_field_decoding_flag(increment);
    }

    /// The arithmetic code must end with the slice's last one bit; cabac_zero_words may follow.
    ///
    /// x264 sets the last bit of that byte too, in half of its slices.
    fn check_end(&self) -> Result<()> {
        let (end, stop) = (self.syntax.end_position(), self.syntax.stop_bit());
        if end > stop || (end - 1) >> 3 != (stop - 1) >> 3 {
            return Err(ParseError::malformed(
                "end_of_slice_flag",
                format!("the arithmetic code ends at bit {end}, the slice at {stop}"),
            ));
        }
        Ok(())
    }
}

impl<const MBAFF: bool> MacroblockReader<'_, CavlcSyntax<'_>, MBAFF> {
    /// The slice's macroblocks, in CAVLC.
    ///
    /// An error is anything that breaks the standard, and data that do not end with the last macroblock.
    pub(crate) fn read_slice(mut self) -> (Result<()>, Outcome) {
        let result = self.read_macroblocks();
        self.out.outcome.lack = self.lack.get();
        self.charge_end(8 * self.syntax.reader.data().len() as u64);
        (result.map_err(|error| error.at_bit(self.syntax.reader.position() as u64)), self.out.outcome)
    }

    fn read_macroblocks(&mut self) -> Result<()> {
        let inter = self.slice.header.slice_type != SliceType::I;
        let mut address = self.first_address();
        // Whether the top macroblock of the current pair was skipped.
        let mut top_skipped = false;
        loop {
            if inter {
                let run = self.syntax.mb_skip_run()?;
                for left in (1..=run).rev() {
                    self.move_to(address)?;
                    if MBAFF && address & 1 == 0 {
                        self.infer_skipped_field(left);
                    }
                    self.find_neighbours();
                    self.skip_macroblock();
                    top_skipped = address & 1 == 0;
                    address = self.next_address(address);
                }
                if run > 0 && !self.syntax.more_data() {
                    break;
                }
            }
            self.move_to(address)?;
            if MBAFF && (address & 1 == 0 || top_skipped) {
                self.field = self.syntax.mb_field_decoding_flag()?;
            }
            self.find_neighbours();
            self.read_macroblock()?;
            self.charge(Class::Header);
            top_skipped = false;
            address = self.next_address(address);
            if !self.syntax.more_data() {
                break;
            }
        }
        if !self.syntax.at_end() {
            return Err(ParseError::malformed("slice_data", "it does not end where the slice does"));
        }
        Ok(())
    }

    /// The mode of a pair whose top macroblock is skipped, `left` macroblocks before the end of the run: that of the bottom one
    /// where it is not skipped, which stands next; else it is inferred.
    fn infer_skipped_field(&mut self, left: u32) {
        self.infer_field();
        if left == 1 && self.syntax.more_data() {
            self.field = self.syntax.peek_flag();
        }
    }
}
