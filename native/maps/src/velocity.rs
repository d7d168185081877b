//! Vectors of different reference distance on one scale: displacement per frame interval.

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::rows::{Columns, Motion, Motions};

/// A vector over its distance in time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Velocity {
    /// mv / dt, samples of the coded picture per frame interval.
    pub by: [f32; 2],
    /// |dt|, frames.
    pub distance: f32,
}

/// Towards the nearest past and the nearest future reference.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Velocities {
    pub past: Option<Velocity>,
    pub future: Option<Velocity>,
}

impl Velocities {
    /// A reference in the same frame (its other field, or the picture itself) says nothing of time, nor does one
    /// that is missing or never shown.
    pub fn of(motion: &Motion) -> Self {
        let mut out = Self::default();
        for list in 0..2 {
            let (Some(dt), Some([x, mut y])) = (motion.dt[list], motion.mv[list]) else { continue };
            if motion.geometry.field != 0 {
                y *= 2.0; // lines of a field
            }
            let side = if dt > 0 { &mut out.past } else { &mut out.future };
            let distance = f32::from(dt.unsigned_abs());
            if dt != 0 && side.is_none_or(|nearest| distance < nearest.distance) {
                *side = Some(Velocity { by: [x / f32::from(dt), y / f32::from(dt)], distance });
            }
        }
        out
    }

    /// The nearer of both.
    pub fn nearest(&self) -> Option<Velocity> {
        match (self.past, self.future) {
            (Some(past), Some(future)) if future.distance < past.distance => Some(future),
            (past, future) => past.or(future),
        }
    }
}

/// Of each row of **motion**, samples of the picture that its block moves in a frame interval; NaN of what says nothing of time.
///
/// # Errors
/// A column is missing, or of another type.
pub fn speeds(batch: &RecordBatch) -> Result<Vec<f64>> {
    let columns = Columns::of(batch);
    let motions = Motions::new(&columns)?;
    Ok((0..batch.num_rows()).map(|row| speed(&motions.get(row)).unwrap_or(f64::NAN)).collect())
}

/// Samples of the picture that a block moves in a frame interval: the mean of both lists, of those that say anything of time.
pub(crate) fn speed(motion: &Motion) -> Option<f64> {
    let lines = if motion.geometry.field == 0 { 1.0 } else { 2.0 };
    let of_list = |list: usize| {
        let ([x, y], dt) = motion.mv[list].zip(motion.dt[list].filter(|&dt| dt != 0))?;
        Some(f64::from(x).hypot(f64::from(y) * lines) / f64::from(dt.unsigned_abs()))
    };
    match (of_list(0), of_list(1)) {
        (Some(past), Some(future)) => Some((past + future) / 2.0),
        (past, future) => past.or(future),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::placement::Geometry;

    fn motion(dt: [Option<i16>; 2], mv: [Option<[f32; 2]>; 2]) -> Motion {
        Motion { block: 0, geometry: Geometry { x: 0, y: 0, w: 8, h: 8, field: 0 }, dt, mv }
    }

    #[test]
    fn the_nearest_reference_of_either_side_counts() {
        let velocities = Velocities::of(&motion([Some(4), Some(2)], [Some([8.0, 0.0]), Some([3.0, -1.0])]));
        assert_eq!(velocities.past, Some(Velocity { by: [1.5, -0.5], distance: 2.0 }));
        assert_eq!(velocities.future, None);
    }

    #[test]
    fn steady_motion_is_one_velocity_on_both_sides() {
        let velocities = Velocities::of(&motion([Some(3), Some(-1)], [Some([6.0, 3.0]), Some([-2.0, -1.0])]));
        assert_eq!(velocities.past.unwrap().by, velocities.future.unwrap().by);
        assert_eq!(velocities.nearest().unwrap().distance, 1.0);
    }

    #[test]
    fn no_vector_and_no_distance_are_no_velocity() {
        assert_eq!(Velocities::of(&motion([None, Some(0)], [Some([1.0, 1.0]), Some([1.0, 1.0])])), Velocities::default());
        assert_eq!(Velocities::of(&motion([Some(1), None], [None, None])), Velocities::default());
    }
}
