//! Sums over a picture's macroblocks: plain bit positions, so that they are whole numbers.

use codecorpus_bitstream::records::Picture;

/// Bits of one macroblock by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bits {
    pub mode: u32,
    pub motion: u32,
    pub residual: u32,
}

/// What macroblocks of 16x16 samples come to.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    pub blocks: u32,
    mode: u64,
    motion: u64,
    residual: u64,
    /// Bits that no macroblock's syntax takes.
    pub header: u64,
    by_qp: [u32; 128],
}

impl Default for Tally {
    fn default() -> Self {
        Self { blocks: 0, mode: 0, motion: 0, residual: 0, header: 0, by_qp: [0; 128] }
    }
}

impl Tally {
    #[inline(always)]
    pub fn add(&mut self, bits: Bits, qp: u32) {
        self.blocks += 1;
        self.mode += u64::from(bits.mode);
        self.motion += u64::from(bits.motion);
        self.residual += u64::from(bits.residual);
        self.by_qp[(qp & 127) as usize] += 1;
    }

    /// Adds another one's sums.
    pub fn merge(&mut self, other: &Self) {
        self.blocks += other.blocks;
        self.mode += other.mode;
        self.motion += other.motion;
        self.residual += other.residual;
        self.header += other.header;
        for (sum, count) in self.by_qp.iter_mut().zip(&other.by_qp) {
            *sum += count;
        }
    }

    /// Adds the sums to a picture's; `step` is the quantiser step of a unit of qp.
    pub fn add_to(&self, picture: &mut Picture, step: f64) {
        let sums = &mut picture.sums;
        sums.blocks += self.blocks;
        sums.bits_header += self.header as f64;
        sums.bits_mode += self.mode as f64;
        sums.bits_motion += self.motion as f64;
        sums.bits_residual += self.residual as f64;
        for (qp, &count) in self.by_qp.iter().enumerate().filter(|(_, count)| **count > 0) {
            let area = 256.0 * f64::from(count);
            sums.qp_area += area;
            sums.qp += area * qp as f64;
            sums.qstep += area * qp as f64 * step;
        }
    }
}
