//! macroblock_layer( ): 7.3.5, and what a macroblock's row says.

use codecorpus_bitstream::qp::qp_bd_offset;
use codecorpus_bitstream::records::NONE;
use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::emit::{Mode, Row};
use crate::entropy::{NeighbourPatterns, Syntax};
use crate::headers::SliceType;
use crate::neighbours::macroblocks::{Macroblock, flag};
use crate::residual::bypass::Accumulation;
use crate::residual::transform::Residual;
use crate::state::{CACHE, MacroblockReader, cell_of};
use crate::tables::macroblock_types as types;
use crate::tables::scans::RASTER_OF_BLOCK;

/// Intra4x4PredMode of DC.
const DC: i8 = 2;
/// A neighbour makes dcPredModePredictedFlag 1.
const NO_MODE: i8 = -1;

impl<S: Syntax, const MBAFF: bool> MacroblockReader<'_, S, MBAFF> {
    /// Reads a macroblock that is not skipped, and adds its rows.
    pub(crate) fn read_macroblock(&mut self) -> Result<()> {
        self.begin_macroblock(0);
        let (name, intra_mode) = match self.slice.header.slice_type {
            SliceType::I => {
                let increment = self.count_neighbours(|mb| !mb.is(flag::I_NXN));
                let mb_type = self.syntax.mb_type_i(increment)?;
                (mb_type, self.read_intra(mb_type)?)
            }
            SliceType::P => match self.syntax.mb_type_p()? {
                mb_type @ 5.. => (mb_type - 5, self.read_intra(mb_type - 5)?),
                mb_type => {
                    let small = self.read_inter(mb_type)?;
                    self.read_coded(small)?;
                    (types::FIRST_P + mb_type, NONE)
                }
            },
            SliceType::B => {
                let increment = if S::CABAC { self.count_neighbours(|mb| !mb.is(flag::DIRECT)) } else { 0 };
                match self.syntax.mb_type_b(increment)? {
                    mb_type @ 23.. => (mb_type - 23, self.read_intra(mb_type - 23)?),
                    types::B_DIRECT_16X16 => {
                        self.charge(Class::Mode);
                        self.derive_direct_macroblock(Mode::Direct);
                        self.read_coded(self.slice.sps.direct_8x8_inference_flag)?;
                        (types::FIRST_B, NONE)
                    }
                    mb_type => {
                        let small = self.read_inter(mb_type)?;
                        self.read_coded(small)?;
                        (types::FIRST_B + mb_type, NONE)
                    }
                }
            }
        };
        self.finish_macroblock(name, intra_mode);
        Ok(())
    }

    /// So far it has neither coefficients nor differences of vectors.
    #[inline]
    fn begin_macroblock(&mut self, flags: u16) {
        self.current = Macroblock { flags, ..Macroblock::default() };
        self.coded.residual = Residual::default();
        self.coded.is_bypass = false;
        if let Some(inverse) = &mut self.coded.inverse {
            inverse.begin();
        }
        let details = self.current_details();
        details.total_coeff = [[0; 8]; 3];
        details.mvd = [[[0; 2]; 8]; 2];
    }

    /// A P_Skip or B_Skip macroblock.
    pub(crate) fn skip_macroblock(&mut self) {
        self.begin_macroblock(flag::SKIP);
        self.quantiser.last_qp_delta = false;
        self.charge(Class::Mode);
        let name = if self.slice.is_b() {
            self.derive_direct_macroblock(Mode::Skip);
            types::B_SKIP
        } else {
            let mv = self.derive_p_skip();
            self.emit_whole([0, -1], [mv, [0; 2]], Mode::Skip);
            types::P_SKIP
        };
        self.finish_macroblock(name, NONE);
    }

    fn finish_macroblock(&mut self, partition: u8, intra_mode: u8) {
        self.store();
        if self.coded.inverse.is_some() {
            self.put_residual();
        }
        let row = Row {
            position: [self.column, self.row],
            partition,
            intra_mode,
            field: self.field_code(),
            qp: self.quantiser.qp,
            bits: self.tally.take_block(),
        };
        self.out.block(self.address, &self.current, &self.coded.residual, &row);
    }

    /// coded_block_pattern and what follows it in inter macroblocks.
    fn read_coded(&mut self, transform_8x8: bool) -> Result<()> {
        let pattern = self.read_coded_block_pattern(true)?;
        if pattern & 15 != 0 && transform_8x8 && self.slice.pps.transform_8x8_mode_flag {
            self.read_transform_size_8x8_flag()?;
        }
        self.read_qp_and_residual(pattern != 0)
    }

    fn read_transform_size_8x8_flag(&mut self) -> Result<()> {
        let increment = if S::CABAC { self.count_neighbours(|mb| mb.is(flag::TRANSFORM_8X8)) } else { 0 };
        if self.syntax.transform_size_8x8_flag(increment)? {
            self.current.flags |= flag::TRANSFORM_8X8;
        }
        Ok(())
    }

    /// mb_qp_delta and residual( ), where there is any.
    fn read_qp_and_residual(&mut self, coded: bool) -> Result<()> {
        self.quantiser.last_qp_delta &= coded;
        if coded {
            let delta = self.syntax.mb_qp_delta(self.quantiser.last_qp_delta)?;
            self.quantiser.last_qp_delta = delta != 0;
            let offset = qp_bd_offset(self.slice.sps.bit_depth_luma);
            if !(-26 - offset / 2..=25 + offset / 2).contains(&delta) {
                return Err(ParseError::malformed("mb_qp_delta", format!("{delta} is out of range")));
            }
            // QPY wraps around in its range (7-37).
            let range = 52 + offset;
            self.quantiser.qp += delta;
            self.quantiser.qp += if self.quantiser.qp < -offset { range } else { 0 };
            self.quantiser.qp -= if self.quantiser.qp > 51 { range } else { 0 };
            self.read_residual()?;
        }
        self.charge(Class::Residual);
        Ok(())
    }

    /// coded_block_pattern, whose context is the neighbours' (9.3.3.1.1.4).
    fn read_coded_block_pattern(&mut self, inter: bool) -> Result<u8> {
        let mut neighbours = NeighbourPatterns::default();
        if S::CABAC {
            // Where there is no neighbour, its luma counts as coded and its chroma as not.
            let pattern = |mb: u32| self.get(mb).map_or(15, |mb| mb.coded_block_pattern);
            let right = |row: usize| pattern(self.left(row).mb) >> (1 + (self.left(row).row & 2)) & 1;
            let [left, above] = [pattern(self.left(0).mb), pattern(self.neighbours.b)];
            neighbours = NeighbourPatterns {
                left: right(0) << 1 | right(2) << 3,
                above: above & 15,
                left_chroma: left >> 4,
                above_chroma: above >> 4,
            };
        }
        let chroma = matches!(self.slice.chroma_array_type, 1 | 2);
        let pattern = self.syntax.coded_block_pattern(neighbours, inter, chroma)?;
        self.current.coded_block_pattern = pattern;
        Ok(pattern)
    }

    /// An intra macroblock with mb_type as in I slices; its intra_mode code.
    fn read_intra(&mut self, mb_type: u8) -> Result<u8> {
        self.current.flags |= flag::INTRA;
        let motion = &mut self.motion.mbs[self.address as usize];
        motion.ref_idx = [[-1; 4]; 2];
        self.current_details().mv = [[[0; 2]; 8]; 2];
        match mb_type {
            0 => self.read_i_nxn(),
            types::I_PCM => self.read_pcm(),
            _ => self.read_i_16x16(mb_type - 1),
        }
    }

    fn read_i_nxn(&mut self) -> Result<u8> {
        self.current.flags |= flag::I_NXN;
        self.charge(Class::Mode);
        if self.slice.pps.transform_8x8_mode_flag {
            self.read_transform_size_8x8_flag()?;
            self.charge(Class::Residual);
        }
        self.load_intra_modes();
        let first = if self.current.is(flag::TRANSFORM_8X8) {
            for (x, y) in [(0, 0), (2, 0), (0, 2), (2, 2)] {
                let mode = self.read_intra_mode(cell_of(x, y))?;
                for row in [y, y + 1] {
                    self.intra.of_blocks[cell_of(x, row)..][..2].fill(mode);
                }
            }
            types::INTRA_8X8
        } else {
            for raster in RASTER_OF_BLOCK {
                let cell = cell_of(raster as usize & 3, raster as usize >> 2);
                self.intra.of_blocks[cell] = self.read_intra_mode(cell)?;
            }
            types::INTRA_4X4
        };
        for i in 0..4 {
            let (bottom, right) = (self.intra.of_blocks[cell_of(i, 3)], self.intra.of_blocks[cell_of(3, i)]);
            let details = self.current_details();
            (details.intra_modes[i], details.intra_modes[4 + i]) = (bottom, right);
        }
        self.read_intra_chroma_pred_mode()?;
        self.charge(Class::Mode);
        let pattern = self.read_coded_block_pattern(false)?;
        self.read_qp_and_residual(pattern != 0)?;
        Ok(first + self.intra.of_blocks[cell_of(0, 0)] as u8)
    }

    /// Intra_16x16 with mb_type - 1.
    fn read_i_16x16(&mut self, mb_type: u8) -> Result<u8> {
        self.current.flags |= flag::I_16X16;
        let luma = if mb_type >= 12 { 15 } else { 0 };
        self.current.coded_block_pattern = luma | (mb_type / 4 % 3) << 4;
        self.intra.of_16x16 = mb_type & 3;
        self.read_intra_chroma_pred_mode()?;
        self.charge(Class::Mode);
        self.read_qp_and_residual(true)?;
        Ok(mb_type & 3)
    }

    fn read_pcm(&mut self) -> Result<u8> {
        self.charge(Class::Mode);
        let sps = self.slice.sps;
        let chroma = match self.slice.chroma_array_type {
            0 => 0,
            1 => 128,
            2 => 256,
            _ => 512,
        };
        self.syntax.skip_pcm(256 * sps.bit_depth_luma as usize + chroma * sps.bit_depth_chroma as usize)?;
        self.charge(Class::Residual);
        self.current.flags |= flag::PCM;
        self.current.coded_block_pattern = 0x2F;
        self.current.dc = 7;
        self.current_details().total_coeff = [[16; 8]; 3];
        self.quantiser.last_qp_delta = false;
        Ok(NONE)
    }

    fn read_intra_chroma_pred_mode(&mut self) -> Result<()> {
        if matches!(self.slice.chroma_array_type, 1 | 2) {
            let increment = if S::CABAC { self.count_neighbours(|mb| mb.intra_chroma_pred_mode != 0) } else { 0 };
            self.current.intra_chroma_pred_mode = self.syntax.intra_chroma_pred_mode(increment)?;
        }
        Ok(())
    }

    /// Fills the cells around the macroblock with the neighbours' prediction modes (8.3.1.1, 8.3.2.1).
    fn load_intra_modes(&mut self) {
        let constrained = self.slice.pps.constrained_intra_pred_flag;
        let mode = |mb: u32, edge: usize| match self.get(mb) {
            None => NO_MODE,
            Some(state) if state.is(flag::I_NXN) => self.details(mb).map_or(DC, |details| details.intra_modes[edge]),
            Some(mb) if constrained && !mb.is(flag::INTRA) => NO_MODE,
            Some(_) => DC,
        };
        let mut modes = [DC; CACHE];
        for i in 0..4 {
            modes[cell_of(i, 0) - 8] = mode(self.neighbours.b, i);
            let left = self.left(i);
            modes[cell_of(0, i) - 1] = mode(left.mb, 4 + (left.row & 3) as usize);
        }
        self.intra.of_blocks = modes;
    }

    /// Intra4x4PredMode or Intra8x8PredMode of the block at a cell.
    #[inline]
    fn read_intra_mode(&mut self, cell: usize) -> Result<i8> {
        let (left, above) = (self.intra.of_blocks[cell - 1], self.intra.of_blocks[cell - 8]);
        let predicted = if left == NO_MODE || above == NO_MODE { DC } else { left.min(above) };
        Ok(match self.syntax.intra_pred_mode()? {
            None => predicted,
            Some(rem) if (rem as i8) < predicted => rem as i8,
            Some(rem) => rem as i8 + 1,
        })
    }

    /// Along what the samples of a component that is coded like luma add up, in transform bypass (8.5.15).
    pub(crate) fn luma_accumulation(&self, eight: bool) -> Vec<Accumulation> {
        if self.current.is(flag::I_16X16) {
            // Intra_16x16_Vertical and Intra_16x16_Horizontal.
            return match self.intra.of_16x16 {
                mode @ 0..=1 => vec![Accumulation { rectangle: [0, 0, 16, 16], horizontal: mode == 1 }],
                _ => Vec::new(),
            };
        }
        if !self.current.is(flag::I_NXN) {
            return Vec::new();
        }
        let size = if eight { 2 } else { 1 };
        let blocks = (0..4).step_by(size).flat_map(|y| (0..4).step_by(size).map(move |x| (x, y)));
        let along = |(x, y): (usize, usize)| match self.intra.of_blocks[cell_of(x, y)] {
            mode @ 0..=1 => Some(Accumulation { rectangle: [4 * x, 4 * y, 4 * size, 4 * size], horizontal: mode == 1 }),
            _ => None,
        };
        blocks.filter_map(along).collect()
    }
}
