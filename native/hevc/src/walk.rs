//! Slice segment data (7.3.8.1): coding tree units in tile scan, and the substreams that they are coded in; sao( ) (7.3.8.3) and
//! coding quadtrees (7.3.8.4).

use codecorpus_bitstream::cabac::Cabac;
use codecorpus_bitstream::records::PictureType;
use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{Information, ParseError, Result};

use crate::entropy::EntropyState;
use crate::neighbours::{CodingCell, CtbNeighbours};
use crate::state::{Ctb, NOT_DECODED, SegmentEnd, SliceSegmentReader, initial_predictor_palette_size};

impl SliceSegmentReader<'_> {
    /// slice_segment_data( ) (7.3.8.1); says whether a vector was predicted from a collocated picture that is not there.
    pub(crate) fn read(mut self) -> Result<bool> {
        let scan = self.inputs.scan;
        let first = self.inputs.segment.slice_segment_address as usize;
        let mut ts = scan.rs_to_ts.get(first).copied().unwrap_or(0) as usize;
        if !self.inputs.segment.dependent_slice_segment_flag {
            self.picture_state.cu_qp_offset = [0; 2];
            self.picture_state.last_qp = self.inputs.slice.qp.luma;
        } else if let Some(before) = self.picture_state.dependent.take() {
            (self.entropy.state, self.left, self.grid) = (before.state, before.left, before.grid);
        }
        // What stands before: the NAL unit's and the slice segment's headers.
        self.charge(Class::Header);
        let mut substream = 0;
        let mut substream_begin = self.inputs.segment.data_begin;
        self.begin_ctb(ts, true)?;
        loop {
            self.read_coding_tree_unit()?;
            let end_of_slice_segment_flag = self.entropy.cabac.terminate();
            if self.entropy.cabac.overrun() {
                return Err(self.error(ParseError::end_of_data("slice_segment_data")));
            }
            self.end_ctb(ts);
            ts += 1;
            if end_of_slice_segment_flag {
                break;
            }
            if ts >= scan.ts_to_rs.len() {
                return Err(
                    self.error(ParseError::malformed("end_of_slice_segment_flag", "zero behind the last coding tree unit"))
                );
            }
            let new_substream = self.begins_substream(ts);
            if new_substream {
                substream_begin = self.next_substream(substream, substream_begin)?;
                substream += 1;
            }
            self.charge(Class::Header);
            self.begin_ctb(ts, new_substream)?;
        }
        self.check_end()?;
        // rbsp_slice_segment_trailing_bits( ).
        self.tally.charge(Class::Header, Information::from_bits(8 * self.rbsp.data.len() as u64));
        self.picture.charge_header(self.tally.spent(Class::Header));
        let lacks_collocated = self.lacks_collocated.get();
        if self.inputs.pps.dependent_slice_segments_enabled_flag {
            let Self { entropy, left, grid, .. } = self;
            self.picture_state.dependent = Some(Box::new(SegmentEnd { state: entropy.state, left, grid }));
        }
        Ok(lacks_collocated)
    }

    /// Whether the CTU at `ts` begins a tile, or with wavefronts a row of CTBs in a tile (7.3.8.1).
    fn begins_substream(&self, ts: usize) -> bool {
        let scan = self.inputs.scan;
        let rs = scan.ts_to_rs[ts] as usize;
        let before = scan.ts_to_rs[ts - 1] as usize;
        scan.tile_id[rs] != scan.tile_id[before] || (self.inputs.pps.entropy_coding_sync_enabled_flag && self.begins_tile_row(rs))
    }

    fn begins_tile_row(&self, rs: usize) -> bool {
        let column = rs % self.inputs.sps.width_in_ctbs() as usize;
        self.inputs.scan.starts_tile_column.get(column).copied().unwrap_or(true)
    }

    /// end_of_subset_one_bit and byte_alignment( ) (7.3.8.1); the next substream begins where its entry point says.
    fn next_substream(&mut self, index: usize, begin: usize) -> Result<usize> {
        if !self.entropy.cabac.terminate() {
            return Err(self.error(ParseError::malformed("end_of_subset_one_bit", "it is zero")));
        }
        let end = (self.entropy.cabac.end_position().max(0) as usize).div_ceil(8);
        let mut next = end;
        if let Some(&offset) = self.inputs.segment.entry_point_offsets.get(index) {
            let nal_begin = self.rbsp.nal_index(begin);
            next = self.rbsp.unescaped_index(nal_begin + offset as usize);
            let padded = self.rbsp.data.get(end..next).is_some_and(|padding| padding.iter().all(|&byte| byte == 0));
            if !padded {
                let reason = format!("the substream ends at byte {end}, not at {next}");
                return Err(self.error(ParseError::malformed("entry_point_offset_minus1", reason)));
            }
        }
        self.entropy.cabac = Cabac::new(&self.rbsp.data, next)?;
        Ok(next)
    }

    /// Accounting: the arithmetic code must end with rbsp_stop_one_bit.
    fn check_end(&self) -> Result<()> {
        let stop = self.rbsp.data.iter().rposition(|&byte| byte != 0);
        let stop = stop.map(|last| last as i64 * 8 + 8 - i64::from(self.rbsp.data[last].trailing_zeros()));
        let end = self.entropy.cabac.end_position();
        if stop != Some(end) {
            let reason = format!("the slice segment's data end at bit {end}, not at {}", stop.unwrap_or(0));
            return Err(self.error(ParseError::malformed("rbsp_slice_segment_trailing_bits", reason)));
        }
        Ok(())
    }

    /// Initialisation at a CTU (9.3.1), and its neighbourhood.
    fn begin_ctb(&mut self, ts: usize, new_substream: bool) -> Result<()> {
        let scan = self.inputs.scan;
        let rs = scan.ts_to_rs[ts] as usize;
        let sps = self.inputs.sps;
        let width = sps.width_in_ctbs() as usize;
        if self.picture_state.slice_addr[rs] != NOT_DECODED {
            return Err(self.error(ParseError::malformed("slice_segment_address", "a coding tree unit that is coded twice")));
        }
        self.picture_state.slice_addr[rs] = self.inputs.slice.slice_addr_rs;
        self.picture_state.ctbs_decoded += 1;
        let (column, row) = (rs % width, rs / width);
        let available = |dx: usize, dy: usize, inside: bool| inside && self.is_available(rs, rs + dx - 1 - dy * width);
        let around = CtbNeighbours {
            left: available(0, 0, column > 0),
            above: available(1, 1, row > 0),
            above_left: available(0, 1, row > 0 && column > 0),
            above_right: available(2, 1, row > 0 && column + 1 < width),
        };
        self.ctb = Ctb { x: column as u32 * sps.ctb_size(), y: row as u32 * sps.ctb_size(), rs, around };
        if new_substream {
            self.begin_substream(ts);
        }
        let size = sps.ctb_size() as usize;
        if !around.left {
            self.left = [CodingCell::UNAVAILABLE; 8];
        }
        if !around.above {
            let above = self.picture_state.above.iter_mut().skip(self.ctb.x as usize / 8).take(size / 8);
            above.for_each(|cell| *cell = CodingCell::UNAVAILABLE);
        }
        if self.inputs.slice.slice_type != PictureType::I {
            self.grid.begin_ctb(self.ctb.x as i32, self.ctb.y as i32, size, around, &self.picture_state.above_motion);
        }
        Ok(())
    }

    /// 6.4.1 between CTBs: in the same slice and tile. `other` is decoded if it is in the same slice.
    fn is_available(&self, rs: usize, other: usize) -> bool {
        let scan = self.inputs.scan;
        self.picture_state.slice_addr.get(other) == Some(&self.inputs.slice.slice_addr_rs)
            && scan.tile_id.get(other) == scan.tile_id.get(rs)
            && scan.rs_to_ts.get(other) < scan.rs_to_ts.get(rs)
    }

    /// Context variables and quantisation at the first CTU of a slice segment, tile or CTB row (9.3.1, 8.6.1).
    fn begin_substream(&mut self, ts: usize) {
        let scan = self.inputs.scan;
        let slice = self.inputs.slice;
        let rs = self.ctb.rs;
        let first_in_tile = ts == 0 || scan.tile_id[rs] != scan.tile_id[scan.ts_to_rs[ts - 1] as usize];
        let wavefront_row = self.inputs.pps.entropy_coding_sync_enabled_flag && self.begins_tile_row(rs);
        let continues =
            self.inputs.segment.dependent_slice_segment_flag && rs == self.inputs.segment.slice_segment_address as usize;
        let stored = if first_in_tile {
            None
        } else if wavefront_row {
            self.picture_state.wavefront.clone().filter(|_| self.ctb.around.above_right)
        } else if continues {
            Some(self.entropy.state.clone())
        } else {
            None
        };
        let initial = || EntropyState::new(slice, initial_predictor_palette_size(self.inputs.sps, self.inputs.pps));
        self.entropy.state = stored.unwrap_or_else(initial);
        if first_in_tile || wavefront_row || !continues {
            self.picture_state.last_qp = slice.qp.luma;
        }
    }

    /// Storage at the end of a CTU (9.3.2.4), and what later CTBs ask of it.
    fn end_ctb(&mut self, ts: usize) {
        let size = self.inputs.sps.ctb_size() as usize;
        if self.inputs.slice.slice_type != PictureType::I
            && let Some(above) = self.picture_state.above_motion.get_mut(self.ctb.x as usize / 4..)
        {
            self.grid.copy_bottom(size, above);
        }
        let scan = self.inputs.scan;
        if self.inputs.pps.entropy_coding_sync_enabled_flag {
            // The second CTB of a row in its tile.
            let second = self.ctb.rs > 0 && ts > 0 && !self.begins_tile_row(self.ctb.rs) && self.begins_tile_row(self.ctb.rs - 1);
            if second && scan.tile_id[self.ctb.rs] == scan.tile_id[self.ctb.rs - 1] {
                self.picture_state.wavefront = Some(self.entropy.state.clone());
            }
        }
    }

    /// coding_tree_unit( ) (7.3.8.2).
    fn read_coding_tree_unit(&mut self) -> Result<()> {
        if self.inputs.slice.slice_sao_luma_flag || self.inputs.slice.slice_sao_chroma_flag {
            self.read_sao();
        }
        self.read_coding_quadtree(self.ctb.x, self.ctb.y, self.inputs.sps.sizes.ctb_log2, 0)
    }

    /// sao( ) (7.3.8.3): passed over.
    fn read_sao(&mut self) {
        // Neighbours "in slice segment" and "in tile" are the available ones: slices are whole in tile scan.
        let merged =
            (self.ctb.around.left && self.entropy.sao_merge_flag()) || (self.ctb.around.above && self.entropy.sao_merge_flag());
        if merged {
            return;
        }
        let sps = self.inputs.sps;
        let slice = self.inputs.slice;
        let mut sao_type_idx = 0;
        for c_idx in 0..if sps.chroma_array_type == 0 { 1 } else { 3 } {
            if !(if c_idx == 0 { slice.slice_sao_luma_flag } else { slice.slice_sao_chroma_flag }) {
                continue;
            }
            if c_idx < 2 {
                sao_type_idx = self.entropy.sao_type_idx();
            }
            if sao_type_idx == 0 {
                continue;
            }
            let bit_depth = if c_idx == 0 { sps.bit_depth.luma } else { sps.bit_depth.chroma };
            let max = (1 << (u32::from(bit_depth).min(10) - 5)) - 1;
            let offsets = std::array::from_fn::<_, 4, _>(|_| self.entropy.sao_offset_abs(max));
            if sao_type_idx == 1 {
                let signs = offsets.iter().filter(|&&offset| offset != 0).count() as u32;
                self.entropy.cabac.bypass_bits(signs + 5);
            } else if c_idx < 2 {
                self.entropy.cabac.bypass_bits(2);
            }
        }
    }

    /// coding_quadtree( ) (7.3.8.4).
    fn read_coding_quadtree(&mut self, x: u32, y: u32, log2_cb_size: u32, ct_depth: u8) -> Result<()> {
        let sps = self.inputs.sps;
        let size = 1 << log2_cb_size;
        let inside = x + size <= sps.width && y + size <= sps.height;
        let may_split = log2_cb_size > sps.sizes.min_cb_log2;
        let split = if inside && may_split {
            let increment = self.split_cu_flag_increment(x, y, ct_depth);
            self.entropy.split_cu_flag(increment)
        } else {
            may_split
        };
        if self.inputs.pps.qp.cu_qp_delta_enabled_flag && log2_cb_size >= self.qp.log2_min_cu_qp_delta_size {
            self.qp.begin(x, y);
        }
        if self.inputs.slice.qp.cu_chroma_qp_offset_enabled_flag && log2_cb_size >= self.qp.log2_min_cu_chroma_qp_offset_size {
            self.qp.is_cu_chroma_qp_offset_coded = false;
        }
        if !split {
            return self.read_coding_unit(x, y, log2_cb_size, ct_depth);
        }
        let half = size >> 1;
        for (x, y) in [(x, y), (x + half, y), (x, y + half), (x + half, y + half)] {
            if x < sps.width && y < sps.height {
                self.read_coding_quadtree(x, y, log2_cb_size - 1, ct_depth + 1)?;
            }
        }
        Ok(())
    }

    /// ctxInc of split_cu_flag (9.3.4.2.2).
    fn split_cu_flag_increment(&self, x: u32, y: u32, ct_depth: u8) -> u8 {
        let (left, above) = self.coding_neighbours(x, y);
        u8::from(left.info.ct_depth() > ct_depth) + u8::from(above.info.ct_depth() > ct_depth)
    }
}
