//! What a picture's macroblocks come to.

use codecorpus_bitstream::Information;
use codecorpus_bitstream::records::Picture;

/// What macroblocks of 16x16 samples come to.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub blocks: u32,
    /// Of mode, motion and residual.
    bits: [Information; 3],
    /// Bits that no macroblock's syntax takes.
    pub header: Information,
    by_qp: [u32; 128],
}

impl Default for Totals {
    fn default() -> Self {
        Self { blocks: 0, bits: Default::default(), header: Information::default(), by_qp: [0; 128] }
    }
}

impl Totals {
    /// Adds a macroblock, with its bits of mode, motion and residual.
    #[inline(always)]
    pub fn add(&mut self, bits: [Information; 3], qp: u32) {
        self.blocks += 1;
        self.bits.iter_mut().zip(bits).for_each(|(sum, bits)| *sum += bits);
        self.by_qp[(qp & 127) as usize] += 1;
    }

    /// Adds another one's.
    pub fn merge(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.bits.iter_mut().zip(other.bits).for_each(|(sum, bits)| *sum += bits);
        self.header += other.header;
        for (sum, count) in self.by_qp.iter_mut().zip(&other.by_qp) {
            *sum += count;
        }
    }

    /// Adds them to a picture's sums; `step` is the quantiser step of a unit of qp.
    pub fn add_to(&self, picture: &mut Picture, step: f64) {
        picture.charge_header(self.header);
        picture.charge_blocks(self.bits);
        let sums = &mut picture.sums;
        sums.blocks += self.blocks;
        for (qp, &count) in self.by_qp.iter().enumerate().filter(|(_, count)| **count > 0) {
            let area = 256.0 * f64::from(count);
            sums.qp_area += area;
            sums.qp += area * qp as f64;
            sums.qstep += area * qp as f64 * step;
        }
    }
}
