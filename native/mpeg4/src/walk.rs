//! From macroblock to macroblock of a VOP: 6.2.5.3.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::emit::Outcome;
use crate::headers::VopType;
use crate::state::VopReader;

impl VopReader<'_> {
    /// Reads all macroblocks of a VOP.
    pub(crate) fn read_vop(mut self) -> (Result<()>, Outcome) {
        let result = if self.vol.short_video_header { self.read_short_picture() } else { self.read_packets() };
        self.out.outcome.totals.header = self.tally.spent(Class::Header);
        (result, self.out.outcome)
    }

    /// The video packets of a VOP, which has one at least.
    fn read_packets(&mut self) -> Result<()> {
        let mut address = 0;
        loop {
            self.begin_packet(address);
            address = if self.vol.data_partitioned && self.vop.vop_type != VopType::B {
                self.read_partitioned(address)?
            } else {
                self.read_combined(address)?
            };
            if address == self.macroblocks() {
                return self.check_end();
            }
            self.read_packet_header(address)?;
        }
    }

    /// What is before a packet is neither predicted from nor referred to.
    fn begin_packet(&mut self, address: u32) {
        self.first = address;
        self.has_coded = false;
        self.last_vectors = [[[0; 2]; 2]; 2];
    }

    /// Macroblocks whose syntax is in one piece, up to the end of the packet; gives the address of the one behind it.
    fn read_combined(&mut self, first: u32) -> Result<u32> {
        let mut address = first;
        let total = self.macroblocks();
        loop {
            self.move_to(address);
            self.read_macroblock()?;
            address += 1;
            if address == total || (self.is_at_resync_marker() && !self.is_in_packet_without_bits(address)) {
                return Ok(address);
            }
        }
    }

    /// At a resync_marker: whether a macroblock still belongs before it, since it has no bits.
    fn is_in_packet_without_bits(&self, address: u32) -> bool {
        self.is_skipped_by_colocated(address) && self.next_macroblock_number() > address
    }

    /// next_start_code( ): a zero and ones up to the byte's end, and nothing but zeros behind them.
    fn check_end(&mut self) -> Result<()> {
        self.skip_stuffing();
        let at = self.bits.position();
        let left = self.bits.left();
        if left > 0 {
            let spare = 8 - at % 8;
            let stuffing = self.bits.peek57() >> (64 - spare);
            let behind = self.bits.data().get(at / 8 + 1..).unwrap_or_default();
            // Some encoders leave the bits of the last byte zero.
            let is_stuffing = stuffing == (1 << (spare - 1)) - 1 || stuffing == 0;
            if !is_stuffing || behind.iter().any(|&byte| byte != 0) {
                let reason = "what follows the last macroblock is no stuffing";
                return Err(ParseError::malformed("next_start_code", reason).at_bit(at as u64));
            }
        }
        self.bits.seek(self.bits.data().len() * 8);
        self.charge(Class::Header);
        Ok(())
    }

    /// Words of mcbpc that only stuff, before the end of a packet, a group of blocks or a picture.
    pub(crate) fn skip_stuffing(&mut self) {
        let length = match self.vop.vop_type {
            VopType::I => 9,
            VopType::P | VopType::S => 10,
            VopType::B => return,
        };
        while self.bits.left() >= length && self.bits.peek57() >> (64 - length) == 1 {
            self.bits.seek(self.bits.position() + length);
            self.charge(Class::Header);
        }
    }
}
