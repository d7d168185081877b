//! motion_vector( ): 6.2.6.2, and what vectors are left for those that follow.

use codecorpus_bitstream::Result;
use codecorpus_mpeg::motion::{Mv, Reach};

use crate::refs::{FieldMotion, MotionKind, MotionMb, narrow};
use crate::state::VopReader;

impl VopReader<'_> {
    /// A vector of direction `direction`, by its difference to `prediction`.
    #[inline(always)]
    pub(crate) fn read_vector(&mut self, prediction: Mv, direction: usize) -> Result<Mv> {
        self.read_vector_within(prediction, Reach::of_32(self.vop.f_code[direction]))
    }

    #[inline(always)]
    pub(crate) fn read_vector_within(&mut self, prediction: Mv, reach: Reach) -> Result<Mv> {
        let horizontal = reach.read_difference(&mut self.bits, "horizontal_mv_data")?;
        let vertical = reach.read_difference(&mut self.bits, "vertical_mv_data")?;
        Ok([reach.wrap(prediction[0] + horizontal), reach.wrap(prediction[1] + vertical)])
    }

    /// The vector of an inter macroblock.
    #[inline(always)]
    pub(crate) fn read_whole(&mut self) -> Result<Mv> {
        let prediction = self.predict_vector(0, &[[0; 2]; 4]);
        let mv = self.read_vector(prediction, 0)?;
        self.motion.set_whole(self.address as usize, MotionKind::Whole, mv);
        Ok(mv)
    }

    /// The vectors of an inter4v macroblock.
    pub(crate) fn read_quarters(&mut self) -> Result<[Mv; 4]> {
        let mut earlier = [[0; 2]; 4];
        for block in 0..4 {
            let prediction = self.predict_vector(block, &earlier);
            earlier[block] = narrow(self.read_vector(prediction, 0)?);
        }
        self.motion.mbs[self.address as usize] = MotionMb { mv: earlier, kind: MotionKind::Quarters };
        Ok(earlier.map(crate::refs::wide))
    }

    /// The vectors of a macroblock whose fields are predicted, vertically in lines of the field (7.7.2.1).
    pub(crate) fn read_fields(&mut self, bottom: [bool; 2]) -> Result<[Mv; 2]> {
        let [horizontal, vertical] = self.predict_vector(0, &[[0; 2]; 4]);
        let prediction = [horizontal, vertical / 2];
        let mv = [self.read_vector(prediction, 0)?, self.read_vector(prediction, 0)?];
        let address = self.address as usize;
        self.motion.set_whole(address, MotionKind::Fields, mean_of_fields(mv));
        self.motion.fields[address] = FieldMotion { mv: mv.map(narrow), bottom };
        Ok(mv)
    }
}

/// What neighbours are predicted from: horizontally the mean, halves to the odd; vertically the sum, since lines of the frame
/// are half as far apart (7.7.2.1).
fn mean_of_fields([top, bottom]: [Mv; 2]) -> Mv {
    let across = top[0] + bottom[0];
    [across >> 1 | across & 1, top[1] + bottom[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_leave_their_mean_in_frame_lines() {
        assert_eq!(mean_of_fields([[2, 3], [4, 5]]), [3, 8]);
        assert_eq!(mean_of_fields([[2, 0], [3, 0]]), [3, 0]);
        assert_eq!(mean_of_fields([[4, 0], [5, 0]]), [5, 0]);
        assert_eq!(mean_of_fields([[-2, -1], [-3, -1]]), [-3, -2]);
    }
}
