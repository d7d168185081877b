//! residual( ) (6.4.21): the transform blocks of a block, and what their coefficients add up to.

pub(crate) mod coefficients;
pub(crate) mod inverse;
pub(crate) mod models;
pub(crate) mod quantizer;
pub(crate) mod scan;
pub(crate) mod transform;

use codecorpus_bitstream::PlanePosition;
use codecorpus_bitstream::information::Information;

use crate::block::Block;
use crate::modes::Mode;
use crate::neighbours::{blocks4, fill};
use crate::state::Tile;
use crate::tables::sizes::TxSize;
use models::ModelSet;
use quantizer::Dequantizer;
use scan::{Scan, ScanKind, scan};
use transform::{Coded, TransformBlock, TxType};

/// mode2txfm_map (6.4.25): by intra mode.
const MODE_TO_TX_TYPE: [TxType; 10] = [
    TxType::DctDct,
    TxType::AdstDct,
    TxType::DctAdst,
    TxType::DctDct,
    TxType::AdstAdst,
    TxType::AdstDct,
    TxType::DctAdst,
    TxType::DctAdst,
    TxType::AdstDct,
    TxType::AdstAdst,
];

impl Tile<'_> {
    /// residual( ) (6.4.21).
    pub(crate) fn residual(&mut self, block: &mut Block) {
        let modes = block.info.modes;
        self.plane::<0>(block, modes.tx_size);
        let color = &self.frame.header.color;
        let uv_tx_size = modes.size.uv_tx_size(modes.tx_size, color.subsampling_x, color.subsampling_y);
        self.plane::<1>(block, uv_tx_size);
        self.plane::<2>(block, uv_tx_size);
    }

    #[inline(always)]
    fn plane<const PLANE: usize>(&mut self, block: &mut Block, tx_size: TxSize) {
        match tx_size {
            TxSize::T4x4 => self.plane_of::<PLANE, 1>(block, tx_size),
            TxSize::T8x8 => self.plane_of::<PLANE, 2>(block, tx_size),
            TxSize::T16x16 => self.plane_of::<PLANE, 4>(block, tx_size),
            TxSize::T32x32 => self.plane_of::<PLANE, 8>(block, tx_size),
        }
    }

    /// The transform blocks of one plane that begin inside the frame, in raster order, N 4x4 blocks to a side.
    #[inline(never)]
    fn plane_of<const PLANE: usize, const N: usize>(&mut self, block: &mut Block, tx_size: TxSize) {
        let (sub_x, sub_y) = self.frame.subsampling[PLANE.min(1)];
        let place = &block.place;
        let (base_x, base_y) = (blocks4(place.col, sub_x), blocks4(place.row & 7, sub_y));
        // A block smaller than 8x8 has the residual of its whole unit. At the end of the frame, units are whole.
        let (cols, rows) = (blocks4(block.cols, sub_x), blocks4(block.rows, sub_y));
        // Ranges with steps would divide, which takes longer than most blocks.
        let mut y = 0;
        while y < rows {
            let mut x = 0;
            while x < cols {
                let tx_type = self.tx_type::<PLANE, N>(block, x, y);
                let at = TransformBlock { plane: PLANE, x4: base_x + x, y4: base_y + y, tx_size, tx_type };
                self.transform_block::<PLANE, N>(block, at, [cols - x, rows - y]);
                x += N;
            }
            y += N;
        }
    }

    /// TxType (6.4.25) of the transform block at `x`, `y` in its block.
    #[inline(always)]
    fn tx_type<const PLANE: usize, const N: usize>(&self, block: &Block, x: usize, y: usize) -> TxType {
        let modes = &block.info.modes;
        if self.frame.lossless {
            return TxType::WhtWht;
        }
        if PLANE > 0 || N == 8 || modes.is_inter() {
            return TxType::DctDct;
        }
        let mode = if modes.size.is_sub8x8() { modes.sub_modes[(y * 2 + x) & 3] } else { modes.sub_modes[3] };
        MODE_TO_TX_TYPE[(mode as usize).min(Mode::Tm as usize)]
    }

    /// tokens( ) (6.4.24), with its contexts; `inside` says how many 4x4 columns and rows the frame has from its place on.
    #[inline(always)]
    fn transform_block<const PLANE: usize, const N: usize>(&mut self, block: &mut Block, at: TransformBlock, inside: [usize; 2]) {
        let before = if self.frame.wanted.transforms { self.bools.information() } else { Information::default() };
        let above = &mut self.above.nonzero[PLANE];
        let left = &mut self.left.nonzero[PLANE];
        // The context of the first more_coefs (9.3.2).
        let ctx = usize::from(any::<N>(above, at.x4)) + usize::from(any::<N>(left, at.y4));
        let model_set = ModelSet::new(at.tx_size, at.plane.min(1), block.info.modes.is_inter());
        let model = &mut self.models.of(model_set)[ctx];
        model.counts.asked += 1;
        if !self.bools.bool(model.more_coefs) {
            model.counts.no_more += 1;
            set::<N>(above, at.x4, 0);
            set::<N>(left, at.y4, 0);
            return;
        }
        let dequantizer = self.frame.quantizers[usize::from(block.segment_id & 7)].dequantizer(at);
        let coded = match (self.frame.counts, self.frame.wanted.coefficients()) {
            (true, false) => self.tokens::<true, false>(model_set, at, ctx, &dequantizer),
            (false, false) => self.tokens::<false, false>(model_set, at, ctx, &dequantizer),
            (true, true) => self.tokens::<true, true>(model_set, at, ctx, &dequantizer),
            (false, true) => self.tokens::<false, true>(model_set, at, ctx, &dequantizer),
        };
        let above = &mut self.above.nonzero[PLANE];
        let left = &mut self.left.nonzero[PLANE];
        for (contexts, start, inside) in [(above, at.x4, inside[0]), (left, at.y4, inside[1])] {
            set::<N>(contexts, start, 1);
            if inside < N {
                fill(contexts, start + inside, N - inside, 0);
            }
        }
        if self.inverse.is_some() && at.plane == 0 {
            self.put_residual(block, at);
        }
        self.add(block, at, coded, before);
    }

    #[inline(always)]
    fn tokens<const COUNT: bool, const KEEP: bool>(
        &mut self,
        model_set: ModelSet,
        at: TransformBlock,
        ctx: usize,
        dequantizer: &Dequantizer,
    ) -> Coded {
        match scan(at.tx_size, ScanKind::of(at.tx_type)) {
            Scan::Small(scan) => self.read_tokens::<COUNT, KEEP, 256, u8>(model_set, scan, ctx, dequantizer),
            Scan::Large(scan) => self.read_tokens::<COUNT, KEEP, 1024, u16>(model_set, scan, ctx, dequantizer),
        }
    }

    /// Writes the residual samples of a luma block, where they are asked for.
    #[inline(never)]
    fn put_residual(&mut self, block: &Block, at: TransformBlock) {
        if let (Some(inverse), Some(plane)) = (&mut self.inverse, &mut self.picture.residual) {
            let size = at.tx_size as usize;
            let y4 = (block.place.row & !7) * 2 + at.y4;
            plane.put(PlanePosition { x: at.x4 * 4, y: y4 * 4, step: 1 }, 4 << size, inverse.samples(size, at.tx_type));
            inverse.clear(size);
        }
    }

    /// Adds a transform block to its block's sums.
    #[inline(always)]
    fn add(&mut self, block: &mut Block, at: TransformBlock, coded: Coded, before: Information) {
        let sums = &mut block.residual;
        sums.has_tokens = true;
        if coded.coefs == 0 {
            return;
        }
        let energy = self.frame.quantizers[usize::from(block.segment_id & 7)].energy(at, coded.squares);
        if at.plane == 0 {
            sums.coefs += coded.coefs;
            sums.energy += energy;
            sums.has_luma = true;
        } else {
            sums.coefs_chroma += coded.coefs;
            sums.energy_chroma += energy;
        }
        if self.frame.wanted.transforms {
            self.add_transform(block, at, coded, energy, before);
        }
    }

    /// Its own row. Out of the way, as few ask for it.
    #[inline(never)]
    fn add_transform(&mut self, block: &Block, at: TransformBlock, coded: Coded, energy: f32, before: Information) {
        let bits = self.bools.information() - before;
        let dc = self.frame.quantizers[usize::from(block.segment_id & 7)].dc(at, coded.dc);
        self.emit_transform(block, at, coded.coefs, [energy, dc], bits);
    }

    /// Where a block is skipped, it leaves no context (6.4.21).
    pub(crate) fn reset_nonzero_contexts(&mut self, block: &Block) {
        let size = block.place.size;
        for plane in 0..3 {
            let (sub_x, sub_y) = self.frame.subsampling[plane.min(1)];
            fill(&mut self.above.nonzero[plane], blocks4(block.place.col, sub_x), blocks4(size.width8(), sub_x), 0);
            fill(&mut self.left.nonzero[plane], blocks4(block.place.row & 7, sub_y), blocks4(size.height8(), sub_y), 0);
        }
    }
}

/// Whether any of N contexts is set: read as they were written, so that none waits for the others' writing.
#[inline(always)]
fn any<const N: usize>(contexts: &[u8], start: usize) -> bool {
    contexts.get(start..).and_then(|units| units.first_chunk::<N>()).is_some_and(|units| *units != [0; N])
}

#[inline(always)]
fn set<const N: usize>(contexts: &mut [u8], start: usize, value: u8) {
    if let Some(units) = contexts.get_mut(start..).and_then(|units| units.first_chunk_mut::<N>()) {
        *units = [value; N];
    }
}
