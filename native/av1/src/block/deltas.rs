//! Per-superblock syntax: CDEF indices, quantizer and loop filter deltas (5.11.12, 5.11.13, 5.11.56), loop restoration units (5.11.57, 5.11.58).

use codecorpus_bitstream::tally::Class;

use crate::block::Block;
use crate::headers::{FrameRestorationType, QIndex};
use crate::state::Tile;
use crate::tables::modes::{SGR_PARAMS, SGRPROJ_XQD_MAX, SGRPROJ_XQD_MIN, WIENER_TAPS_K, WIENER_TAPS_MAX, WIENER_TAPS_MIN};

/// DELTA_Q_SMALL and DELTA_LF_SMALL (section 3).
const DELTA_SMALL: u32 = 3;
const MAX_LOOP_FILTER: i32 = 63;
const SGRPROJ_PARAMS_BITS: u32 = 4;
const SGRPROJ_PRJ_SUBEXP_K: u32 = 4;
const SGRPROJ_PRJ_BITS: u32 = 7;

impl Tile<'_> {
    /// read_cdef( ) (5.11.56).
    pub(super) fn read_cdef(&mut self, block: &Block) {
        let header = &self.frame.header;
        if block.info.skip || header.coded_lossless || !self.frame.sequence.enable_cdef || header.allow_intrabc {
            return;
        }
        let (row, col) = (block.mi_row >> 4 & 1, block.mi_col >> 4 & 1);
        if self.superblock.cdef_read[row][col] {
            return;
        }
        self.symbols.literal(u32::from(header.cdef_params.cdef_bits));
        for (y, row_read) in self.superblock.cdef_read.iter_mut().enumerate() {
            for (x, read) in row_read.iter_mut().enumerate() {
                *read |= (y == row || block.bh4 > 16 && y > row) && (x == col || block.bw4 > 16 && x > col);
            }
        }
    }

    /// read_delta_qindex( ) and read_delta_lf( ) (5.11.12, 5.11.13).
    pub(super) fn read_delta_qindex_and_lf(&mut self, block: &Block) {
        let header = &self.frame.header;
        let sb_size = self.frame.superblock_size();
        if !self.superblock.read_deltas || block.info.mi_size == sb_size && block.info.skip {
            return;
        }
        self.charge(Class::Mode);
        let symbol = self.symbols.short_symbol(&mut self.cdfs.mode.delta_q, 4);
        let delta = self.read_delta(symbol);
        if delta != 0 {
            self.superblock.current_q_index =
                self.superblock.current_q_index.offset(delta << header.delta_q_params.delta_q_res).max(QIndex(1));
        }
        self.charge(Class::Residual);
        if !header.delta_lf_params.delta_lf_present {
            return;
        }
        let multi = header.delta_lf_params.delta_lf_multi;
        let count = match (multi, self.frame.num_planes > 1) {
            (false, _) => 1,
            (true, true) => 4,
            (true, false) => 2,
        };
        for i in 0..count {
            let cdf = if multi { &mut self.cdfs.mode.delta_lf_multi[i] } else { &mut self.cdfs.mode.delta_lf };
            let symbol = self.symbols.short_symbol(cdf, 4);
            let delta = self.read_delta(symbol);
            let level = i32::from(self.superblock.delta_lf[i]) + (delta << header.delta_lf_params.delta_lf_res);
            self.superblock.delta_lf[i] = level.clamp(-MAX_LOOP_FILTER, MAX_LOOP_FILTER) as i8;
        }
    }

    /// What follows delta_q_abs or delta_lf_abs (5.11.12, 5.11.13); the signed delta.
    fn read_delta(&mut self, small: u32) -> i32 {
        let mut abs = small as i32;
        if small == DELTA_SMALL {
            let n = self.symbols.literal(3) + 1;
            abs = self.symbols.literal(n) as i32 + (1 << n) + 1;
        }
        if abs != 0 && self.symbols.bit() { -abs } else { abs }
    }

    /// read_lr( ) (5.11.57).
    pub(crate) fn read_lr(&mut self, r: usize, c: usize, sb_size4: usize) {
        let frame = self.frame;
        let size = &frame.header.size;
        for plane in 0..frame.num_planes {
            let kind = frame.header.lr_params.frame_restoration_type[plane];
            if kind == FrameRestorationType::None {
                continue;
            }
            let (sub_x, sub_y) = if plane == 0 { (0, 0) } else { (frame.subsampling_x, frame.subsampling_y) };
            let unit_size = usize::from(frame.header.lr_params.loop_restoration_size[plane]).max(1);
            let count = |length: usize| ((length + (unit_size >> 1)) / unit_size).max(1);
            let round = |length: u32, shift: usize| (length as usize + (shift & 1)) >> shift;
            let unit_rows = count(round(size.frame_height, sub_y));
            let unit_cols = count(round(size.upscaled_width, sub_x));
            let row_of = |r: usize| (r * (4 >> sub_y)).div_ceil(unit_size);
            let (numerator, denominator) = if size.use_superres {
                ((4 >> sub_x) * usize::from(size.superres_denom), unit_size * 8)
            } else {
                (4 >> sub_x, unit_size)
            };
            let col_of = |c: usize| (c * numerator).div_ceil(denominator);
            for _ in row_of(r)..unit_rows.min(row_of(r + sb_size4)) {
                for _ in col_of(c)..unit_cols.min(col_of(c + sb_size4)) {
                    self.read_lr_unit(plane, kind);
                }
            }
        }
    }

    /// read_lr_unit( ) (5.11.58).
    fn read_lr_unit(&mut self, plane: usize, kind: FrameRestorationType) {
        let cdfs = &mut self.cdfs.mode;
        let restoration_type = match kind {
            FrameRestorationType::Switchable => {
                self.symbols.short_value(&mut cdfs.restoration_type, &FrameRestorationType::OF_UNITS)
            }
            FrameRestorationType::Wiener if self.symbols.boolean(&mut cdfs.use_wiener) => kind,
            FrameRestorationType::Sgrproj if self.symbols.boolean(&mut cdfs.use_sgrproj) => kind,
            _ => FrameRestorationType::None,
        };
        match restoration_type {
            FrameRestorationType::Wiener => {
                for pass in 0..2 {
                    for j in usize::from(plane > 0)..3 {
                        let (min, max) = (i32::from(WIENER_TAPS_MIN[j]), i32::from(WIENER_TAPS_MAX[j]));
                        let reference = i32::from(self.restoration.ref_lr_wiener[plane][pass][j]);
                        let v = self.decode_signed_subexp_with_ref_bool(min, max + 1, WIENER_TAPS_K[j] as u32, reference);
                        self.restoration.ref_lr_wiener[plane][pass][j] = v as i8;
                    }
                }
            }
            FrameRestorationType::Sgrproj => {
                let lr_sgr_set = self.symbols.literal(SGRPROJ_PARAMS_BITS) as usize;
                for i in 0..2 {
                    let (min, max) = (i32::from(SGRPROJ_XQD_MIN[i]), i32::from(SGRPROJ_XQD_MAX[i]));
                    let v = if SGR_PARAMS[lr_sgr_set & 15][i * 2] != 0 {
                        let reference = i32::from(self.restoration.ref_sgr_xqd[plane][i]);
                        self.decode_signed_subexp_with_ref_bool(min, max + 1, SGRPROJ_PRJ_SUBEXP_K, reference)
                    } else if i == 1 {
                        ((1 << SGRPROJ_PRJ_BITS) - i32::from(self.restoration.ref_sgr_xqd[plane][0])).clamp(min, max)
                    } else {
                        0
                    };
                    self.restoration.ref_sgr_xqd[plane][i] = v as i8;
                }
            }
            FrameRestorationType::None | FrameRestorationType::Switchable => {}
        }
    }

    /// decode_signed_subexp_with_ref_bool( ) (5.11.58).
    fn decode_signed_subexp_with_ref_bool(&mut self, low: i32, high: i32, k: u32, r: i32) -> i32 {
        let (mx, r) = (high - low, r - low);
        let v = self.decode_subexp_bool(mx, k);
        let x = if r << 1 <= mx { inverse_recenter(r, v) } else { mx - 1 - inverse_recenter(mx - 1 - r, v) };
        x + low
    }

    /// decode_subexp_bool( ) (5.11.58).
    fn decode_subexp_bool(&mut self, num_syms: i32, k: u32) -> i32 {
        let mut i = 0;
        let mut mk = 0;
        loop {
            let b2 = if i > 0 { k + i - 1 } else { k };
            let a = 1 << b2;
            if num_syms <= mk + 3 * a {
                return self.symbols.non_symmetric((num_syms - mk) as u32) as i32 + mk;
            }
            if !self.symbols.bit() {
                return self.symbols.literal(b2) as i32 + mk;
            }
            i += 1;
            mk += a;
        }
    }
}

/// inverse_recenter( ) (5.9.29).
fn inverse_recenter(r: i32, v: i32) -> i32 {
    if v > 2 * r {
        v
    } else if v & 1 == 1 {
        r - ((v + 1) >> 1)
    } else {
        r + (v >> 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recentering_reaches_every_value_once() {
        for r in 0..20 {
            let mut values: Vec<i32> = (0..=2 * r).map(|v| inverse_recenter(r, v)).collect();
            values.sort_unstable();
            assert_eq!(values, (0..=2 * r).collect::<Vec<_>>());
            assert_eq!(inverse_recenter(r, 2 * r + 1), 2 * r + 1);
        }
    }
}
