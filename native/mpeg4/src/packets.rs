//! video_packet_header( ): 6.2.5.2.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::headers::VopType;
use crate::headers::sprite::Warp;
use crate::headers::vop::{read_modulo_time_base, read_quant, read_type};
use crate::state::VopReader;

impl VopReader<'_> {
    /// Whether a resync_marker comes next, behind the bits that align it.
    #[inline(always)]
    pub(crate) fn is_at_resync_marker(&mut self) -> bool {
        if self.vol.resync_marker_disable {
            return false;
        }
        self.skip_stuffing();
        let bits = self.bits.peek57();
        let spare = self.stuffing_bits();
        let zeros = self.vop.resync_zeros();
        bits >> (64 - spare) == (1 << (spare - 1)) - 1 && bits << spare >> (63 - zeros) == 1
    }

    /// Bits of next_resync_marker( ): up to the byte's end, one at least.
    fn stuffing_bits(&self) -> u32 {
        8 - (self.bits.position() & 7) as u32
    }

    /// macroblock_number behind the resync_marker that comes next.
    #[must_use]
    pub(crate) fn next_macroblock_number(&self) -> u32 {
        let mut r = self.bits.clone();
        r.seek(r.position() + (self.stuffing_bits() + self.vop.resync_zeros() + 1) as usize);
        r.peek32() >> (32 - self.macroblock_number_bits())
    }

    fn macroblock_number_bits(&self) -> u32 {
        (32 - (self.macroblocks() - 1).leading_zeros()).max(1)
    }

    /// Reads the header of the packet that begins with the macroblock `expected`.
    pub(crate) fn read_packet_header(&mut self, expected: u32) -> Result<()> {
        let marker = self.stuffing_bits() + self.vop.resync_zeros() + 1;
        self.bits.skip(marker as usize, "resync_marker")?;
        let bits = self.macroblock_number_bits();
        let r = &mut self.bits;
        let at = r.position() as u64;
        let number = r.u(bits, "macroblock_number")?;
        if number != expected {
            let reason = format!("the packet begins with macroblock {number}, not {expected}");
            return Err(ParseError::malformed("macroblock_number", reason).at_bit(at));
        }
        self.quantiser_scale = read_quant(r, self.vol, "quant_scale")?;
        if r.flag("header_extension_code")? {
            self.read_header_extension()?;
        }
        self.charge(Class::Header);
        Ok(())
    }

    /// What the packet repeats of the VOP's header.
    fn read_header_extension(&mut self) -> Result<()> {
        let r = &mut self.bits;
        read_modulo_time_base(r)?;
        r.skip(1, "marker_bit")?;
        r.skip(self.vol.time_increment_bits() as usize, "vop_time_increment")?;
        r.skip(1, "marker_bit")?;
        let at = r.position() as u64;
        let vop_type = read_type(r)?;
        if vop_type != self.vop.vop_type {
            return Err(ParseError::malformed("vop_coding_type", "it is not that of the VOP").at_bit(at));
        }
        r.skip(3, "intra_dc_vlc_thr")?;
        if vop_type == VopType::S {
            Warp::read(r, self.vol)?;
        }
        if vop_type != VopType::I {
            r.skip(3, "vop_fcode_forward")?;
        }
        if vop_type == VopType::B {
            r.skip(3, "vop_fcode_backward")?;
        }
        Ok(())
    }
}
