//! The residual of a picture's luma, sample by sample.

/// Luma samples of a coded picture, zero where nothing is coded, in the stream's own units (not scaled to 8 bits).
///
/// A sample is what the inverse transform adds to the prediction. 16 bits hold every one that tells: the sum is clipped to the
/// bit depth, so that a residual beyond its range, which the standards let no encoder need, is as good as one at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plane {
    width: usize,
    height: usize,
    /// None until something is coded.
    samples: Vec<i16>,
}

/// Where a block's rows go in a [`Plane`].
#[derive(Debug, Clone, Copy)]
pub struct PlanePosition {
    pub x: usize,
    /// Of the first row.
    pub y: usize,
    /// Lines from one row to the next: 2 in a field of a frame.
    pub step: usize,
}

impl Plane {
    /// A plane of zeros.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width: width as usize, height: height as usize, samples: Vec::new() }
    }

    #[must_use]
    pub fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Bytes that its samples take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<i16>() * self.width * self.height
    }

    /// The samples in raster order.
    #[must_use]
    pub fn into_samples(mut self) -> Vec<i16> {
        self.make_room();
        self.samples
    }

    fn make_room(&mut self) {
        if self.samples.is_empty() {
            self.samples = vec![0; self.width * self.height];
        }
    }

    /// Writes a block whose rows are `width` long; what lies outside of the picture is left out.
    pub fn put(&mut self, position: PlanePosition, width: usize, samples: &[i32]) {
        let inside = width.min(self.width.saturating_sub(position.x));
        if inside == 0 {
            return;
        }
        self.make_room();
        let lines = (position.y..self.height).step_by(position.step.max(1));
        for (line, row) in lines.zip(samples.chunks_exact(width)) {
            let to = &mut self.samples[line * self.width + position.x..][..inside];
            to.iter_mut().zip(row).for_each(|(to, &sample)| *to = saturated(sample));
        }
    }
}

fn saturated(sample: i32) -> i16 {
    sample.clamp(i16::MIN.into(), i16::MAX.into()) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_overhang_and_interleave() {
        let mut plane = Plane::new(3, 4);
        plane.put(PlanePosition { x: 2, y: 1, step: 2 }, 2, &[1, 2, 3, 4, 5, 6]);
        plane.put(PlanePosition { x: 3, y: 0, step: 1 }, 1, &[7]);
        assert_eq!(plane.into_samples(), [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 3]);
    }

    #[test]
    fn samples_beyond_sixteen_bits_are_at_the_end_of_the_range() {
        let mut plane = Plane::new(2, 1);
        plane.put(PlanePosition { x: 0, y: 0, step: 1 }, 2, &[1 << 20, -(1 << 20)]);
        assert_eq!(plane.into_samples(), [i16::MAX, i16::MIN]);
    }
}
