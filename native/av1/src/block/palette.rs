//! Palettes and their colour maps (5.11.46, 5.11.49, 5.11.50).

use crate::block::Block;
use crate::block::color_map::STRIDE;
use crate::modes::{IntraMode, UvMode};
use crate::neighbours::Palettes;
use crate::state::Tile;
use crate::tables::modes::PALETTE_COLOR_CONTEXT;

/// PaletteCache.
#[derive(Default)]
struct Cache {
    colors: [u16; 16],
    n: usize,
}

impl Cache {
    /// Adds a color that is not the last one (5.11.46).
    fn push(&mut self, color: u16) {
        if self.n == 0 || self.colors[self.n - 1] != color {
            self.colors[self.n & 15] = color;
            self.n = (self.n + 1).min(16);
        }
    }
}

impl Tile<'_> {
    /// palette_mode_info( ) (5.11.46).
    pub(super) fn palette_mode_info(&mut self, block: &mut Block) {
        let size = block.info.mi_size;
        let bsize_ctx = usize::from((size.width4_log2() + size.height4_log2()).clamp(2, 8) - 2);
        let mut palettes: Palettes = [[0; 8]; 2];
        if block.info.intra_mode == IntraMode::Dc {
            let ctx = usize::from(block.above.palette_size[0] > 0) + usize::from(block.left.palette_size[0] > 0);
            if self.symbols.boolean(&mut self.cdfs.mode.palette_y_mode[bsize_ctx][ctx]) {
                let n = self.symbols.symbol(&mut self.cdfs.mode.palette_y_size[bsize_ctx], 7) as usize + 2;
                block.info.palette_size[0] = n as u8;
                palettes[0] = self.palette_colors(block, 0, n);
            }
        }
        if block.has_chroma && block.intra.uv_mode == UvMode::Intra(IntraMode::Dc) {
            let ctx = usize::from(block.info.palette_size[0] > 0);
            if self.symbols.boolean(&mut self.cdfs.mode.palette_uv_mode[ctx]) {
                let n = self.symbols.symbol(&mut self.cdfs.mode.palette_uv_size[bsize_ctx], 7) as usize + 2;
                block.info.palette_size[1] = n as u8;
                palettes[1] = self.palette_colors(block, 1, n);
                self.palette_colors_v(n);
            }
        }
        if block.info.palette_size != [0; 2] {
            block.info.palette = self.map.palettes.len() as u32;
            self.map.palettes.push(palettes);
        }
    }

    /// palette_colors_y or palette_colors_u (5.11.46).
    fn palette_colors(&mut self, block: &Block, plane: usize, n: usize) -> [u16; 8] {
        let bit_depth = u32::from(self.frame.sequence.color_config.bit_depth);
        let cache = self.palette_cache(block, plane);
        let mut colors = [0u16; 8];
        let n = n.min(8);
        let mut idx = 0;
        for &color in &cache.colors[..cache.n] {
            if idx == n {
                break;
            }
            if self.symbols.bit() {
                colors[idx] = color;
                idx += 1;
            }
        }
        if idx < n {
            colors[idx] = self.symbols.literal(bit_depth) as u16;
            idx += 1;
        }
        let mut palette_bits = if idx < n { bit_depth - 3 + self.symbols.literal(2) } else { 0 };
        let max = (1i32 << bit_depth) - 1;
        while idx < n {
            let delta = self.symbols.literal(palette_bits) as i32 + i32::from(plane == 0);
            let color = (i32::from(colors[idx - 1]) + delta).min(max);
            colors[idx] = color as u16;
            let range = max + 1 - color - i32::from(plane == 0);
            palette_bits = palette_bits.min(ceil_log2(range));
            idx += 1;
        }
        colors[..n].sort_unstable();
        colors
    }

    /// palette_colors_v (5.11.46): only their bits matter.
    fn palette_colors_v(&mut self, n: usize) {
        let bit_depth = u32::from(self.frame.sequence.color_config.bit_depth);
        if !self.symbols.bit() {
            for _ in 0..n {
                self.symbols.literal(bit_depth);
            }
            return;
        }
        let palette_bits = bit_depth - 4 + self.symbols.literal(2);
        self.symbols.literal(bit_depth);
        for _ in 1..n {
            if self.symbols.literal(palette_bits) != 0 {
                self.symbols.bit();
            }
        }
    }

    /// get_palette_cache( ) (5.11.46).
    fn palette_cache(&self, block: &Block, plane: usize) -> Cache {
        let colors = |available: bool, info: &crate::neighbours::BlockInfo| -> &[u16] {
            let n = usize::from(info.palette_size[plane]);
            if !available || n == 0 {
                return &[];
            }
            self.map.palettes.get(info.palette as usize).and_then(|palettes| palettes[plane].get(..n)).unwrap_or_default()
        };
        let mut above = colors(block.avail_u && !block.mi_row.is_multiple_of(16), &block.above);
        let mut left = colors(block.avail_l, &block.left);
        let mut cache = Cache::default();
        loop {
            let color = match (above.first(), left.first()) {
                (Some(&a), Some(&l)) => {
                    if l < a {
                        left = &left[1..];
                        l
                    } else {
                        above = &above[1..];
                        if l == a {
                            left = &left[1..];
                        }
                        a
                    }
                }
                (Some(&a), None) => {
                    above = &above[1..];
                    a
                }
                (None, Some(&l)) => {
                    left = &left[1..];
                    l
                }
                (None, None) => return cache,
            };
            cache.push(color);
        }
    }

    /// palette_tokens( ) (5.11.49).
    pub(super) fn palette_tokens(&mut self, block: &Block) {
        let (width, height) = (block.cols(self.frame) * 4, block.rows(self.frame) * 4);
        let [size_y, size_uv] = block.info.palette_size.map(usize::from);
        if size_y > 0 {
            self.read_color_map(0, size_y, width, height);
        }
        if size_uv > 0 {
            let widen = |length: usize, block_length: usize, shift: usize| {
                (length >> shift) + if block_length >> shift < 4 { 2 } else { 0 }
            };
            let (width, height) =
                (widen(width, block.bw4 * 4, self.frame.subsampling_x), widen(height, block.bh4 * 4, self.frame.subsampling_y));
            self.read_color_map(1, size_uv, width, height);
        }
    }

    /// color_index_map_y and palette_color_idx_y, or those of chroma, along the diagonals (5.11.49).
    fn read_color_map(&mut self, plane: usize, n: usize, width: usize, height: usize) {
        self.color_map.0[0] = self.symbols.non_symmetric(n as u32) as u8;
        for i in 1..height + width - 1 {
            for j in ((i + 1).saturating_sub(height)..=i.min(width - 1)).rev() {
                let at = ((i - j) * STRIDE + j) & (STRIDE * STRIDE - 1);
                let order = ColorOrder::new(&self.color_map.0, at, i - j > 0, j > 0);
                let idx = self.palette_color_idx(plane, n, order.context());
                self.color_map.0[at] = order.color(idx);
            }
        }
    }

    /// palette_color_idx_y, palette_color_idx_uv (5.11.49).
    #[inline]
    fn palette_color_idx(&mut self, plane: usize, n: usize, ctx: usize) -> u8 {
        let cdfs = &mut self.cdfs.mode;
        let symbols = &mut self.symbols;
        (match n {
            2 => u32::from(symbols.boolean(&mut cdfs.palette_size_2_color[plane][ctx])),
            3 => symbols.short_symbol(&mut cdfs.palette_size_3_color[plane][ctx], 3),
            4 => symbols.short_symbol(&mut cdfs.palette_size_4_color[plane][ctx], 4),
            5 => symbols.symbol(&mut cdfs.palette_size_5_color[plane][ctx], 5),
            6 => symbols.symbol(&mut cdfs.palette_size_6_color[plane][ctx], 6),
            7 => symbols.symbol(&mut cdfs.palette_size_7_color[plane][ctx], 7),
            _ => symbols.symbol(&mut cdfs.palette_size_8_color[plane][ctx], 8),
        }) as u8
    }
}

/// CeilLog2( ) (4.7).
fn ceil_log2(x: i32) -> u32 {
    if x < 2 { 0 } else { 32 - (x as u32 - 1).leading_zeros() }
}

/// ColorOrder as far as neighbours change it: their colours, by falling score, then rising colour (5.11.50).
struct ColorOrder {
    colors: [u8; 3],
    scores: [u8; 3],
    count: usize,
}

impl ColorOrder {
    /// get_palette_color_context( ) (5.11.50) at a position that has neighbours above, to the left, or both.
    #[inline]
    fn new(map: &[u8; STRIDE * STRIDE], at: usize, above: bool, left: bool) -> Self {
        let color = |back: usize| map[at.wrapping_sub(back) & (STRIDE * STRIDE - 1)];
        let mut order = Self { colors: [0; 3], scores: [0; 3], count: 0 };
        if left {
            order.add(color(1), 2);
        }
        if above {
            order.add(color(STRIDE), 2);
        }
        if above && left {
            order.add(color(STRIDE + 1), 1);
        }
        order.sort();
        order
    }

    fn add(&mut self, color: u8, score: u8) {
        match self.colors[..self.count].iter().position(|&other| other == color) {
            Some(at) => self.scores[at] += score,
            None => {
                self.colors[self.count] = color;
                self.scores[self.count] = score;
                self.count += 1;
            }
        }
    }

    fn sort(&mut self) {
        for i in 1..self.count {
            for to in (1..=i).rev() {
                let before = (self.scores[to - 1], self.colors[to]) < (self.scores[to], self.colors[to - 1]);
                if before {
                    self.colors.swap(to - 1, to);
                    self.scores.swap(to - 1, to);
                }
            }
        }
    }

    /// The context that ColorContextHash leads to (8.3.2).
    fn context(&self) -> usize {
        let hash = self.scores[0] + 2 * self.scores[1] + 2 * self.scores[2];
        PALETTE_COLOR_CONTEXT[usize::from(hash.min(8))].max(0) as usize
    }

    /// ColorOrder[ idx ] (5.11.50).
    fn color(&self, idx: u8) -> u8 {
        if usize::from(idx) < self.count {
            return self.colors[usize::from(idx)];
        }
        let mut known = self.colors;
        known[self.count..].fill(u8::MAX);
        known.sort_unstable();
        known.iter().fold(idx - self.count as u8, |color, &other| color + u8::from(other <= color))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// get_palette_color_context( ), word for word: ColorOrder and ColorContextHash.
    fn standard(left: Option<u8>, above: Option<u8>, corner: Option<u8>, n: usize) -> ([u8; 8], u8) {
        let mut scores = [0u8; 8];
        let mut order = [0, 1, 2, 3, 4, 5, 6, 7];
        for (neighbour, score) in [(left, 2), (corner, 1), (above, 2)] {
            if let Some(color) = neighbour {
                scores[usize::from(color)] += score;
            }
        }
        for i in 0..3 {
            let mut max_idx = i;
            for j in i + 1..n {
                if scores[j] > scores[max_idx] {
                    max_idx = j;
                }
            }
            if max_idx != i {
                scores[i..=max_idx].rotate_right(1);
                order[i..=max_idx].rotate_right(1);
            }
        }
        (order, scores[0] + 2 * scores[1] + 2 * scores[2])
    }

    proptest! {
        #[test]
        fn color_order_is_the_standards(n in 2usize..=8, colors in prop::array::uniform3(0u8..8), above: bool, left: bool) {
            prop_assume!(above || left);
            let [l, a, c] = colors.map(|color| color % n as u8);
            let mut map = [0; STRIDE * STRIDE];
            let at = STRIDE * 5 + 7;
            (map[at - 1], map[at - STRIDE], map[at - STRIDE - 1]) = (l, a, c);
            let order = ColorOrder::new(&map, at, above, left);
            let (expected, hash) = standard(left.then_some(l), above.then_some(a), (above && left).then_some(c), n);
            prop_assert_eq!(order.context() as i8, PALETTE_COLOR_CONTEXT[usize::from(hash)]);
            for (idx, &color) in expected.iter().enumerate().take(n) {
                prop_assert_eq!(order.color(idx as u8), color);
            }
        }
    }
}
