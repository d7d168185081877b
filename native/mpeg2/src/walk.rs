//! From macroblock to macroblock of a slice: 6.2.4 and 6.2.5.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};
use codecorpus_mpeg::vlc::Table;

use crate::emit::{Mode, Outcome, Row};
use crate::headers::{PictureType, SliceHeader, Structure};
use crate::motion::{MotionType, Vectors};
use crate::residual::coded::Residual;
use crate::state::SliceReader;
use crate::tables::ADDRESS_INCREMENTS;

static ADDRESS_INCREMENT: Table<256, 64> = Table::of_words(&ADDRESS_INCREMENTS);

const ELEMENT: &str = "macroblock_address_increment";
const ESCAPE: u32 = 34;
const STUFFING: u32 = 35;

impl SliceReader<'_> {
    /// Reads the macroblocks of a slice. The first one is to have the address `expected`, so that none is left out or comes twice.
    pub(crate) fn read_slice(mut self, header: SliceHeader, expected: u32) -> (Result<()>, Outcome) {
        let result = self.read_macroblocks(header, expected);
        self.out.outcome.totals.header = self.tally.spent(Class::Header);
        (result, self.out.outcome)
    }

    fn read_macroblocks(&mut self, header: SliceHeader, expected: u32) -> Result<()> {
        let [width, height] = self.picture.size;
        // One less than the address of the slice's first macroblock is one more than the last one's of the row before.
        let mut address = u64::from(header.row) * u64::from(width) + u64::from(self.read_increment()?) - 1;
        if address != u64::from(expected) {
            let reason = format!("the slice begins with macroblock {address}, not {expected}");
            return Err(ParseError::malformed(ELEMENT, reason).at_bit(self.position()));
        }
        if address >= u64::from(width * height) {
            return Err(ParseError::malformed(ELEMENT, "there is no such macroblock").at_bit(self.position()));
        }
        (self.column, self.row) = (address as u32 % width, address as u32 / width);
        loop {
            self.read_macroblock()?;
            if self.bits.peek57() >> 41 == 0 {
                return self.check_end();
            }
            let increment = self.read_increment()?;
            if address + u64::from(increment) >= u64::from(width * height) {
                return Err(ParseError::malformed(ELEMENT, "it leads out of the picture").at_bit(self.position()));
            }
            for _ in 1..increment {
                self.move_on();
                self.skip_macroblock()?;
            }
            self.move_on();
            address += u64::from(increment);
        }
    }

    /// To the next macroblock.
    const fn move_on(&mut self) {
        self.column += 1;
        if self.column == self.picture.size[0] {
            self.column = 0;
            self.row += 1;
        }
    }

    /// macroblock_address_increment with the escapes before it, which are charged to the macroblock that follows.
    fn read_increment(&mut self) -> Result<u32> {
        let mut increment = 0;
        loop {
            let at = self.position();
            match ADDRESS_INCREMENT.read(&mut self.bits, ELEMENT)? {
                ESCAPE => increment += 33,
                STUFFING if self.picture.sequence.mpeg1 => self.charge(Class::Header),
                STUFFING => return Err(ParseError::malformed(ELEMENT, "no code word begins so").at_bit(at)),
                last => {
                    self.charge(Class::Mode);
                    return Ok(increment + last);
                }
            }
            if increment > 1 << 20 {
                return Err(ParseError::malformed(ELEMENT, "it leads out of any picture").at_bit(at));
            }
        }
    }

    /// A macroblock that nothing is coded of: 7.6.6.
    fn skip_macroblock(&mut self) -> Result<()> {
        let motion_type = self.undivided();
        let mut vectors = Vectors::default();
        match self.header().picture_type {
            PictureType::P => {
                self.predictors.reset_vectors();
                self.predictors.directions = [true, false];
            }
            PictureType::B if self.predictors.directions != [false; 2] => vectors.mv[0] = self.predicted_vectors(),
            _ => {
                let reason = "a macroblock is skipped where none can be";
                return Err(ParseError::malformed(ELEMENT, reason).at_bit(self.position()));
            }
        }
        let bottom = self.header().structure == Structure::Bottom;
        vectors.bottom = [[bottom; 2]; 2];
        self.emit_motion(Mode::Skip, motion_type, &vectors);
        let carried = self.tally.take_block();
        self.emit_block(Row::skipped(motion_type), &Residual::default());
        self.tally.resume_block(carried);
        Ok(())
    }

    /// One prediction of the frame or field as it is (7.6.6).
    pub(crate) fn undivided(&self) -> MotionType {
        if self.header().structure == Structure::Frame { MotionType::Frame } else { MotionType::Field }
    }

    /// next_start_code( ): zeros to the end.
    fn check_end(&mut self) -> Result<()> {
        let at = self.bits.position();
        let rest = self.bits.data().get(at / 8..).unwrap_or_default();
        let first = rest.first().map_or(0, |byte| byte << (at % 8));
        if first != 0 || rest.iter().skip(1).any(|&byte| byte != 0) {
            let reason = "what follows the slice's last macroblock is not zero";
            return Err(ParseError::malformed("next_start_code", reason).at_bit(at as u64));
        }
        self.bits.seek(self.bits.data().len() * 8);
        self.charge(Class::Header);
        Ok(())
    }
}
