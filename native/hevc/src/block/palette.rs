//! Palette mode (7.3.8.13, 7.4.9.14): the indices of a coding block's samples, as far as reading the samples that have none asks for
//! them. Of the palettes themselves their sizes are enough.

use codecorpus_bitstream::records::Prediction;
use codecorpus_bitstream::tally::Class;
use codecorpus_bitstream::{ParseError, Result};

use crate::headers::sps::{PaletteLimits, entry_depths};
use crate::state::SliceSegmentReader;

/// Most samples of a coding block in palette mode: 32x32.
const MAX_SAMPLES: usize = 1024;

/// PaletteIndexMap of a coding block in traverse scan (6.5.6): rows from left to right and from right to left in turn.
struct IndexMap {
    indices: [u8; MAX_SAMPLES],
    /// log2 of nCbS.
    log2_size: u32,
}

impl IndexMap {
    /// Column and row of a scan position.
    fn place(&self, position: usize) -> (usize, usize) {
        let last = (1 << self.log2_size) - 1;
        let (column, row) = (position & last, position >> self.log2_size);
        (if row & 1 == 0 { column } else { last - column }, row)
    }

    /// The index above a scan position that is not in the first row.
    fn above(&self, position: usize) -> u8 {
        // Rows are scanned in turn, so that the sample above lies as far before the row's begin as this one behind it.
        let begin = position >> self.log2_size << self.log2_size;
        self.indices[(2 * begin).saturating_sub(position + 1) & (MAX_SAMPLES - 1)]
    }
}

/// What palette_syntax( ) says before the runs.
struct Palette {
    /// MaxPaletteIndex.
    max_index: u32,
    escapes: bool,
    transposed: bool,
    copy_above_indices_for_final_run_flag: bool,
    /// PaletteIndexIdc.
    index_idc: [u8; MAX_SAMPLES],
    num_indices: usize,
}

impl SliceSegmentReader<'_> {
    /// palette_syntax( ) (7.3.8.13).
    #[cold]
    pub(crate) fn read_palette_syntax(&mut self, limits: PaletteLimits) -> Result<()> {
        self.cu.prediction = Prediction::Palette;
        let palette = self.read_palette(limits)?;
        self.charge(Class::Mode);
        if palette.escapes {
            self.read_delta_qp()?;
            if !self.cu.cu_transquant_bypass_flag {
                self.read_chroma_qp_offset();
            }
        }
        self.charge(Class::Residual);
        let map = self.read_palette_runs(&palette)?;
        self.charge(Class::Mode);
        if palette.escapes {
            self.read_palette_escapes(&palette, &map);
        }
        self.charge(Class::Residual);
        Ok(())
    }

    /// Entries and indices.
    fn read_palette(&mut self, limits: PaletteLimits) -> Result<Palette> {
        let size = self.read_palette_entries(limits)?;
        let escapes = size == 0 || self.entropy.cabac.bypass();
        let mut palette = Palette {
            max_index: size + u32::from(escapes) - 1,
            escapes,
            transposed: false,
            copy_above_indices_for_final_run_flag: false,
            index_idc: [0; MAX_SAMPLES],
            num_indices: 0,
        };
        let max = palette.max_index;
        if max == 0 {
            return Ok(palette);
        }
        let samples = 1 << (2 * self.cu.log2_cb_size);
        let minus1 = self.entropy.num_palette_indices_minus1(max);
        if minus1 >= samples {
            return Err(self.error(ParseError::malformed("num_palette_indices_minus1", format!("{minus1} of {samples} samples"))));
        }
        palette.num_indices = minus1 as usize + 1;
        let mut most = max;
        for index in palette.index_idc.iter_mut().take(palette.num_indices) {
            *index = if most > 0 { self.entropy.truncated_binary(most) as u8 } else { 0 };
            most = max - 1;
        }
        palette.copy_above_indices_for_final_run_flag = self.entropy.copy_above_flag();
        palette.transposed = self.entropy.palette_transpose_flag();
        Ok(palette)
    }

    /// palette_predictor_run to new_palette_entries: CurrentPaletteSize. PredictorPaletteSize becomes that of the next block.
    fn read_palette_entries(&mut self, limits: PaletteLimits) -> Result<u32> {
        let predictor_size = u32::from(self.entropy.state.predictor_palette_size);
        let mut reused = 0;
        let mut entry = 0;
        while entry < predictor_size && reused < limits.palette_max_size {
            match self.entropy.palette_predictor_run() {
                0 => {}
                1 => break,
                run => entry = entry.saturating_add(run - 1),
            }
            if entry >= predictor_size {
                return Err(self.error(ParseError::malformed("palette_predictor_run", "beyond the predictor palette")));
            }
            reused += 1;
            entry += 1;
        }
        let new = if reused < limits.palette_max_size { self.entropy.num_signalled_palette_entries() } else { 0 };
        if new > limits.palette_max_size - reused {
            let reason = format!("{new} more than {reused} are more than {}", limits.palette_max_size);
            return Err(self.error(ParseError::malformed("num_signalled_palette_entries", reason)));
        }
        let sps = self.inputs.sps;
        let mut bits = new * entry_depths(sps.chroma_array_type == 0, sps.bit_depth).iter().sum::<u32>();
        while bits > 0 {
            self.entropy.cabac.bypass_bits(bits.min(16));
            bits -= bits.min(16);
        }
        let size = reused + new;
        // The new palette, and behind it what it did not take of the old predictor (8-79).
        self.entropy.state.predictor_palette_size = (size + predictor_size - reused).min(limits.max_predictor_size) as u8;
        Ok(size)
    }

    /// The runs: PaletteIndexMap.
    fn read_palette_runs(&mut self, palette: &Palette) -> Result<IndexMap> {
        let mut map = IndexMap { indices: [0; MAX_SAMPLES], log2_size: self.cu.log2_cb_size };
        let (side, samples) = (1usize << map.log2_size, 1usize << (2 * map.log2_size));
        let mut remaining = palette.num_indices;
        let mut position = 0;
        let mut copies_above = false;
        while position < samples && palette.max_index > 0 {
            // What the first index of a run cannot be: what would have gone on with the run before it.
            let excluded = match position {
                0 => None,
                _ if copies_above => Some(map.above(position)),
                _ => Some(map.indices[position - 1]),
            };
            copies_above = position >= side
                && !copies_above
                && if remaining > 0 && position < samples - 1 { self.entropy.copy_above_flag() } else { remaining == 0 };
            let mut index_idc = None;
            if !copies_above {
                if remaining == 0 {
                    return Err(self.error(ParseError::malformed("palette_idx_idc", "more runs than indices")));
                }
                index_idc = Some(palette.index_idc[palette.num_indices - remaining]);
                remaining -= 1;
            }
            let mut run = samples - position;
            if remaining > 0 || copies_above != palette.copy_above_indices_for_final_run_flag {
                // PaletteMaxRunMinus1: every index that is left takes a sample, and so does the final run.
                let reserved = remaining + usize::from(palette.copy_above_indices_for_final_run_flag);
                let Some(max) = (run - 1).checked_sub(reserved) else {
                    return Err(self.error(ParseError::malformed("palette_run_prefix", "more indices than samples")));
                };
                run = 1 + self.entropy.palette_run_minus1(max as u32, index_idc.map(u32::from)) as usize;
            }
            let index = index_idc.map(|idc| idc + u8::from(excluded.is_some_and(|excluded| idc >= excluded)));
            for position in position..position + run {
                map.indices[position] = index.unwrap_or_else(|| map.above(position));
            }
            position += run;
        }
        Ok(map)
    }

    /// palette_escape_val of every sample and component that has one: passed over.
    fn read_palette_escapes(&mut self, palette: &Palette, map: &IndexMap) {
        let sps = self.inputs.sps;
        let components = if sps.chroma_array_type == 0 { 1 } else { 3 };
        for c_idx in 0..components {
            let bit_depth = if c_idx == 0 { sps.bit_depth.luma } else { sps.bit_depth.chroma };
            for (position, &index) in map.indices.iter().enumerate().take(1 << (2 * map.log2_size)) {
                if u32::from(index) != palette.max_index {
                    continue;
                }
                let (column, row) = map.place(position);
                let (x, y) = if palette.transposed { (row, column) } else { (column, row) };
                let coded = match sps.chroma_array_type {
                    1 => (x | y) & 1 == 0,
                    2 => x & 1 == 0,
                    _ => true,
                };
                if c_idx == 0 || coded {
                    match self.cu.cu_transquant_bypass_flag {
                        true => self.entropy.cabac.bypass_bits(u32::from(bit_depth)),
                        false => self.entropy.palette_escape_val(),
                    };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_above_is_in_the_same_column() {
        let map = IndexMap { indices: std::array::from_fn(|i| i as u8), log2_size: 3 };
        for position in 8..64 {
            let (column, row) = map.place(position);
            assert_eq!(map.place(usize::from(map.above(position))), (column, row - 1));
        }
    }
}
