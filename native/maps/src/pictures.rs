//! What the rows of each picture come to: areas by how blocks are predicted, and how QP and vectors are spread.

use arrow_array::types::{Int16Type, Int32Type};

use crate::error::Result;
use crate::placement::Geometry;
use crate::rows::{Columns, Geometries, Motions, is_not, optional};
use crate::velocity::speed;

/// What a picture's rows come to; NaN of what it has none of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PictureSums {
    /// Of all blocks, of those that are skipped, of those that are not predicted from other pictures. In samples.
    pub all_area: f64,
    pub skip_area: f64,
    pub intra_area: f64,
    /// Standard deviation of the blocks' QP, weighted by area.
    pub qp_spread: f64,
    /// Mean length of the blocks' vectors, weighted by area, in samples a frame interval.
    pub motion: f64,
    /// Their standard deviation.
    pub motion_spread: f64,
}

/// A picture: its number, and the width and height that are coded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coded {
    pub order: i32,
    pub size: [i32; 2],
}

impl Coded {
    /// Luma samples of a block that are in the picture: the last one of a row or column may reach over its edge.
    fn area_within(self, Geometry { x, y, w, h, .. }: Geometry) -> f64 {
        let inside = |begin: u16, length: u16, side: i32| i32::from(length).min(side - i32::from(begin)).max(0);
        let [width, height] = self.size;
        f64::from(inside(x, w, width)) * f64::from(inside(y, h, height))
    }
}

/// Gathers the rows of pictures.
#[derive(Debug)]
pub(crate) struct Pictures<'a> {
    /// By coded order, rising.
    coded: &'a [Coded],
    areas: [Vec<f64>; 3],
    qp: Samples,
    motion: Samples,
}

impl<'a> Pictures<'a> {
    /// The pictures by coded order, rising; rows of others do not count.
    pub fn new(coded: &'a [Coded]) -> Self {
        Self { coded, areas: std::array::from_fn(|_| vec![0.0; coded.len()]), qp: Samples::default(), motion: Samples::default() }
    }

    /// Rows of **blocks**.
    ///
    /// # Errors
    /// A column is missing, or of another type.
    pub fn add_blocks(&mut self, columns: &Columns<'_>) -> Result<()> {
        let order = columns.primitive::<Int32Type>("coded_order")?;
        let geometries = Geometries::new(columns)?;
        let qp = columns.primitive::<Int16Type>("qp")?;
        let is_intra = is_not(columns, "prediction", "inter")?;
        let skip = columns.boolean("skip")?;
        let mut places = Places::of(self.coded);
        for (row, &is_intra) in is_intra.iter().enumerate() {
            let Some(at) = places.find(order.value(row)) else { continue };
            let area = self.coded[at].area_within(geometries.get(row));
            for (areas, counts) in self.areas.iter_mut().zip([true, skip.value(row), is_intra]) {
                areas[at] += if counts { area } else { 0.0 };
            }
            if let Some(qp) = optional(qp, row) {
                self.qp.push(at, f64::from(qp), area);
            }
        }
        Ok(())
    }

    /// Rows of **motion**.
    ///
    /// # Errors
    /// As [`Pictures::add_blocks`].
    pub fn add_motion(&mut self, columns: &Columns<'_>) -> Result<()> {
        let motions = Motions::new(columns)?;
        let mut places = Places::of(self.coded);
        for row in 0..columns.rows() {
            let Some(at) = places.find(motions.coded_order.value(row)) else { continue };
            let motion = motions.get(row);
            if let Some(speed) = speed(&motion) {
                self.motion.push(at, speed, self.coded[at].area_within(motion.geometry));
            }
        }
        Ok(())
    }

    /// What they come to, picture by picture.
    pub fn finish(self) -> impl Iterator<Item = PictureSums> {
        let pictures = self.coded.len();
        let [all_area, skip_area, intra_area] = self.areas;
        let (_, qp_spread) = self.qp.spread(pictures);
        let (motion, motion_spread) = self.motion.spread(pictures);
        (0..pictures).map(move |at| PictureSums {
            all_area: all_area[at],
            skip_area: skip_area[at],
            intra_area: intra_area[at],
            qp_spread: qp_spread[at],
            motion: motion[at],
            motion_spread: motion_spread[at],
        })
    }
}

/// Where pictures stand among those that count; rows of one come together.
struct Places<'a> {
    coded: &'a [Coded],
    last: Option<(i32, Option<usize>)>,
}

impl<'a> Places<'a> {
    const fn of(coded: &'a [Coded]) -> Self {
        Self { coded, last: None }
    }

    #[inline]
    fn find(&mut self, coded_order: i32) -> Option<usize> {
        match self.last {
            Some((known, at)) if known == coded_order => at,
            _ => {
                let at = self.coded.binary_search_by_key(&coded_order, |picture| picture.order).ok();
                self.last = Some((coded_order, at));
                at
            }
        }
    }
}

/// A value, its weight, and the picture that it is of.
#[derive(Debug, Default)]
struct Samples(Vec<(u32, f64, f64)>);

impl Samples {
    fn push(&mut self, picture: usize, value: f64, weight: f64) {
        self.0.push((picture as u32, value, weight));
    }

    /// Weighted mean of each picture's values, and their standard deviation, of the population.
    fn spread(&self, pictures: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut total, mut mean, mut away) = (vec![0.0; pictures], vec![0.0; pictures], vec![0.0; pictures]);
        for &(picture, value, weight) in &self.0 {
            total[picture as usize] += weight;
            mean[picture as usize] += weight * value;
        }
        for (mean, total) in mean.iter_mut().zip(&total) {
            *mean /= total;
        }
        for &(picture, value, weight) in &self.0 {
            let difference = value - mean[picture as usize];
            away[picture as usize] += weight * (difference * difference);
        }
        let spread = away.iter().zip(&total).map(|(away, total)| (away / total).sqrt()).collect();
        (mean, spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_weighed_and_pictures_without_any_have_no_mean() {
        let mut samples = Samples::default();
        for (picture, value, weight) in [(0, 1.0, 1.0), (0, 4.0, 2.0), (2, 5.0, 1.0)] {
            samples.push(picture, value, weight);
        }
        let (mean, spread) = samples.spread(3);
        assert_eq!((mean[0], spread[0], mean[2], spread[2]), (3.0, 2f64.sqrt(), 5.0, 0.0));
        assert!(mean[1].is_nan() && spread[1].is_nan());
    }

    #[test]
    fn what_reaches_over_an_edge_does_not_count() {
        let picture = Coded { order: 0, size: [70, 66] };
        let area = |x, y, side| picture.area_within(Geometry { x, y, w: side, h: side, field: 0 });
        assert_eq!([area(0, 0, 64), area(64, 0, 64), area(64, 64, 32), area(96, 0, 8)], [4096.0, 384.0, 12.0, 0.0]);
    }

    #[test]
    fn rows_of_other_pictures_are_of_none() {
        let coded = [3, 5].map(|order| Coded { order, size: [16, 16] });
        let mut places = Places::of(&coded);
        assert_eq!([3, 4, 5, 5, 9].map(|order| places.find(order)), [Some(0), None, Some(1), Some(1), None]);
    }
}
