//! Data partitioning: 6.2.5.3, data_partitioned_i_vop( ) and data_partitioned_p_vop( ).
//!
//! A packet has what matters most of all its macroblocks first: types and vectors (in I-VOPs types and DC coefficients), then
//! a marker, patterns (in P-VOPs with DC coefficients), and the other coefficients last.

use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{Information, ParseError, Result};

use crate::block::{MacroblockType, Mcbpc};
use crate::emit::{Mode, Part, Partition, Row};
use crate::headers::VopType;
use crate::refs::{MotionKind, wide};
use crate::residual::coded::Residual;
use crate::residual::{DcSource, Texture, read_dc};
use crate::state::VopReader;

/// dc_marker and motion_marker, and their lengths.
const DC_MARKER: (u64, usize) = (0b110_1011_0000_0000_0001, 19);
const MOTION_MARKER: (u64, usize) = (0b1_1111_0000_0000_0001, 17);

/// A macroblock as far as it is read.
#[derive(Debug, Clone, Copy)]
struct Partitioned {
    /// None where it is not coded.
    mcbpc: Option<Mcbpc>,
    /// mcsel, or not coded in an S-VOP.
    global: bool,
    ac_pred: bool,
    pattern: u32,
    quantiser_scale: u32,
    dc: DcSource,
    /// Its bits so far, of mode, motion and residual.
    spent: [Information; 3],
}

impl VopReader<'_> {
    /// A packet's macroblocks; gives the address of the one behind it.
    pub(crate) fn read_partitioned(&mut self, first: u32) -> Result<u32> {
        let in_i_vop = self.vop.vop_type == VopType::I;
        let mut mbs = Vec::new();
        let (marker, length) = if in_i_vop { DC_MARKER } else { MOTION_MARKER };
        let total = self.macroblocks();
        while self.bits.peek57() >> (64 - length) != marker {
            let address = first + mbs.len() as u32;
            if address == total {
                self.skip_stuffing();
                if self.bits.peek57() >> (64 - length) == marker {
                    break;
                }
                let reason = "there are more macroblocks than in the VOP";
                return Err(ParseError::malformed("motion_marker", reason).at_bit(self.position()));
            }
            self.move_to(address);
            mbs.push(if in_i_vop { self.read_first_of_i()? } else { self.read_first_of_p()? });
            self.skip_stuffing();
        }
        self.bits.skip(length, "motion_marker")?;
        self.charge(Class::Header);
        for mb in &mut mbs {
            self.read_second(mb, in_i_vop)?;
        }
        for (mb, address) in mbs.iter().zip(first..) {
            self.move_to(address);
            self.read_texture(mb)?;
        }
        let next = first + mbs.len() as u32;
        if next != total && (mbs.is_empty() || !self.is_at_resync_marker()) {
            return Err(ParseError::malformed("resync_marker", "no packet follows").at_bit(self.position()));
        }
        Ok(next)
    }

    fn partitioned(&mut self, mcbpc: Option<Mcbpc>) -> Partitioned {
        Partitioned {
            mcbpc,
            global: false,
            ac_pred: false,
            pattern: 0,
            quantiser_scale: self.quantiser_scale,
            dc: DcSource::Coefficients,
            spent: self.tally.take_block(),
        }
    }

    fn read_first_of_i(&mut self) -> Result<Partitioned> {
        let mcbpc = self.read_mcbpc_intra()?;
        let uses_dc_words = self.read_dquant(mcbpc)?;
        let dc = self.read_dc_before(uses_dc_words)?;
        self.charge(Class::Residual);
        Ok(Partitioned { dc, ..self.partitioned(Some(mcbpc)) })
    }

    fn read_dc_before(&mut self, uses_dc_words: bool) -> Result<DcSource> {
        if !uses_dc_words {
            return Ok(DcSource::Coefficients);
        }
        let mut differentials = [0; 6];
        for (block, differential) in differentials.iter_mut().enumerate() {
            *differential = read_dc(&mut self.bits, block)?;
        }
        Ok(DcSource::Before(differentials))
    }

    fn read_first_of_p(&mut self) -> Result<Partitioned> {
        let in_s_vop = self.vop.vop_type == VopType::S;
        let mcbpc = self.read_mcbpc_inter()?;
        let address = self.address as usize;
        let mut global = false;
        match mcbpc.map(|mcbpc| mcbpc.kind) {
            None if in_s_vop => global = true,
            None => self.motion.set_whole(address, MotionKind::NotCoded, [0; 2]),
            Some(MacroblockType::Intra) => self.motion.set_whole(address, MotionKind::Intra, [0; 2]),
            Some(MacroblockType::Inter) => {
                global = in_s_vop && self.bits.flag("mcsel")?;
                self.charge(Class::Mode);
                if !global {
                    self.read_whole()?;
                }
            }
            Some(MacroblockType::Inter4v) => {
                self.read_quarters()?;
            }
        }
        if global {
            let mv = self.mean_vector();
            self.motion.set_whole(address, MotionKind::Whole, mv);
        }
        self.charge(Class::Motion);
        Ok(Partitioned { global, ..self.partitioned(mcbpc) })
    }

    fn read_second(&mut self, mb: &mut Partitioned, in_i_vop: bool) -> Result<()> {
        let Some(mcbpc) = mb.mcbpc else {
            mb.quantiser_scale = self.quantiser_scale;
            return Ok(());
        };
        self.tally.resume_block(mb.spent);
        if mcbpc.kind == MacroblockType::Intra {
            mb.ac_pred = self.bits.flag("ac_pred_flag")?;
            self.charge(Class::Mode);
            mb.pattern = self.read_intra_pattern(mcbpc)?;
        } else {
            mb.pattern = self.read_inter_pattern(mcbpc)?;
        }
        if !in_i_vop {
            let uses_dc_words = self.read_dquant(mcbpc)?;
            mb.quantiser_scale = self.quantiser_scale;
            if mcbpc.kind == MacroblockType::Intra {
                mb.dc = self.read_dc_before(uses_dc_words)?;
            }
        }
        self.charge(Class::Residual);
        mb.spent = self.tally.take_block();
        Ok(())
    }

    fn read_texture(&mut self, mb: &Partitioned) -> Result<()> {
        self.tally.resume_block(mb.spent);
        self.quantiser_scale = mb.quantiser_scale;
        let texture = if self.vol.reversible_vlc { Texture::Reversible } else { Texture::Plain };
        let Some(mcbpc) = mb.mcbpc else {
            self.skip_predicted();
            self.emit_block(Row::not_coded(), &Residual::default());
            return Ok(());
        };
        if mcbpc.kind == MacroblockType::Intra {
            let residual = self.read_intra_blocks(mb.pattern, mb.ac_pred, false, mb.dc, texture)?;
            self.charge(Class::Residual);
            self.emit_block(Row::intra(mcbpc.quant), &residual);
            return Ok(());
        }
        self.emit_partitioned_motion(mcbpc.kind, mb.global);
        let residual = self.read_inter_blocks(mb.pattern, false, texture)?;
        self.charge(Class::Residual);
        self.edges.pass(self.column as usize);
        let partition = if mcbpc.kind == MacroblockType::Inter4v { Partition::Inter4v } else { Partition::Inter };
        self.emit_block(Row::inter(partition, mcbpc.quant), &residual);
        Ok(())
    }

    fn emit_partitioned_motion(&mut self, kind: MacroblockType, global: bool) {
        let vectors = self.motion.mbs[self.address as usize].mv;
        if kind != MacroblockType::Inter4v {
            let mode = if global { Mode::Gmc } else { Mode::Explicit };
            self.emit_motion(mode, 0, Part::WHOLE, [Some(wide(vectors[0])), None]);
            return;
        }
        for (block, mv) in vectors.into_iter().enumerate() {
            self.emit_motion(Mode::Explicit, block, Part::quarter(block), [Some(wide(mv)), None]);
        }
    }
}
