//! What ITU-T P.1204.3 measures of a bitstream (mode 3): statistics of pictures.

use arrow_array::RecordBatch;
use arrow_array::types::{Float32Type, Int32Type};

use crate::error::Result;
use crate::pictures::{Coded, PictureSums, Pictures};
use crate::rows::{Columns, is_not, optional};

/// Names of statistics, as they end a feature's.
const STATISTICS: [&str; 4] = ["mean", "std", "min", "max"];

/// The features of a stream that comes in parts of whole pictures: the same wherever those end.
#[derive(Debug, Default)]
pub struct Features {
    pictures: Vec<Picture>,
    sums: Vec<PictureSums>,
    /// Of all pictures, damaged ones too.
    bytes: f64,
    /// Frames up to the last one that is shown, with those that show no picture of their own.
    frames: i32,
    /// Width and height of the largest picture, as it is shown.
    size: [i32; 2],
}

/// What counts of a row of **frames**; NaN for null.
#[derive(Debug, Clone, Copy)]
struct Picture {
    coded: Coded,
    is_key: bool,
    /// I, P and B.
    is_kind: [bool; 3],
    bytes: f64,
    qp: f64,
    qstep: f64,
    /// Header, mode, motion, residual.
    bits: [f64; 4],
}

impl Features {
    /// The next pictures; damaged ones count in rates alone. `shown_size` is that of the largest as decoders show it, with
    /// superres undone; without it, what is displayed of the coded pictures counts.
    ///
    /// # Errors
    /// A column is missing, or of another type.
    pub fn add(
        &mut self,
        frames: &[RecordBatch],
        blocks: &[RecordBatch],
        motion: &[RecordBatch],
        shown_size: Option<[i32; 2]>,
    ) -> Result<()> {
        let mut pictures = Vec::new();
        for batch in frames {
            self.add_frames(&Columns::of(batch), &mut pictures)?;
        }
        pictures.sort_by_key(|picture| picture.coded.order);
        let coded: Vec<Coded> = pictures.iter().map(|picture| picture.coded).collect();
        let mut rows = Pictures::new(&coded);
        for batch in blocks {
            rows.add_blocks(&Columns::of(batch))?;
        }
        for batch in motion {
            rows.add_motion(&Columns::of(batch))?;
        }
        self.sums.extend(rows.finish());
        self.pictures.extend(pictures);
        self.enlarge(shown_size.unwrap_or_default());
        Ok(())
    }

    fn enlarge(&mut self, size: [i32; 2]) {
        self.size = [self.size[0].max(size[0]), self.size[1].max(size[1])];
    }

    fn add_frames(&mut self, columns: &Columns<'_>, pictures: &mut Vec<Picture>) -> Result<()> {
        let is_damaged = columns.is_there("error")?;
        let coded_order = columns.primitive::<Int32Type>("coded_order")?;
        let frame = columns.primitive::<Int32Type>("frame")?;
        let key = columns.boolean("key")?;
        let [not_i, not_p, not_b] = [is_not(columns, "type", "I")?, is_not(columns, "type", "P")?, is_not(columns, "type", "B")?];
        let bytes = columns.primitive::<Int32Type>("bytes")?;
        let whole = |name| columns.primitive::<Int32Type>(name);
        let coded_size = [whole("width")?, whole("height")?];
        let displayed_size = [whole("crop_width")?, whole("crop_height")?];
        let real = |name| columns.primitive::<Float32Type>(name);
        let [qp, qstep] = [real("qp")?, real("qstep")?];
        let bits = [real("bits_header")?, real("bits_mode")?, real("bits_motion")?, real("bits_residual")?];
        for row in 0..columns.rows() {
            let number = |column| optional(column, row).map_or(f64::NAN, f64::from);
            self.bytes += f64::from(bytes.value(row));
            self.frames = self.frames.max(optional(frame, row).map_or(0, |frame| frame + 1));
            if is_damaged[row] {
                continue;
            }
            self.enlarge(displayed_size.map(|side| optional(side, row).unwrap_or(0)));
            pictures.push(Picture {
                coded: Coded { order: coded_order.value(row), size: coded_size.map(|side| optional(side, row).unwrap_or(0)) },
                is_key: key.value(row),
                is_kind: [!not_i[row], !not_p[row], !not_b[row]],
                bytes: f64::from(bytes.value(row)),
                qp: number(qp),
                qstep: number(qstep),
                bits: bits.map(number),
            });
        }
        Ok(())
    }

    /// What the pictures so far come to, by name; `fps` is NaN where it is not known. NaN of what there is nothing of.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "streams have fewer pictures than 2^53")]
    pub fn tell(&self, fps: f64) -> Vec<(String, f64)> {
        let each = |value: fn(&Picture) -> f64| self.pictures.iter().map(value);
        let is_inter = |at: usize| !self.pictures[at].is_kind[0];
        let inter_of =
            |value: fn(&Picture) -> f64| each(value).enumerate().filter(|&(at, _)| is_inter(at)).map(|(_, value)| value);
        let area_of = |value: fn(&PictureSums) -> f64| -> f64 {
            self.sums.iter().enumerate().filter(|&(at, _)| is_inter(at)).map(|(_, sums)| value(sums)).sum()
        };
        let share = |kind: usize| mean(self.pictures.iter().map(|picture| f64::from(u8::from(picture.is_kind[kind]))));
        let frames = f64::from(self.frames.max(1));
        let [width, height] = self.size.map(f64::from);
        let total = self.bytes * 8.0;
        let intra_size = mean(self.pictures.iter().filter(|picture| picture.is_kind[0]).map(|picture| picture.bytes));
        let keys: Vec<usize> = (0..self.pictures.len()).filter(|&at| self.pictures[at].is_key).collect();
        let gop_length = match keys[..] {
            [first, .., last] => (last - first) as f64 / (keys.len() - 1) as f64,
            _ => self.pictures.len() as f64,
        };
        let bits: [f64; 4] =
            std::array::from_fn(|at| self.pictures.iter().map(|picture| picture.bits[at]).filter(|bits| !bits.is_nan()).sum());
        let all_bits = bits.iter().sum();
        let inter_area = area_of(|sums| sums.all_area);
        let of_sums = |value: fn(&PictureSums) -> f64| self.sums.iter().map(value);

        let mut told: Vec<(String, f64)> = [
            ("bitrate", total / frames * fps / 1000.0),
            ("framerate", fps),
            ("width", width),
            ("height", height),
            ("bits_per_sample", total / (frames * width * height)),
            ("i_share", share(0)),
            ("p_share", share(1)),
            ("b_share", share(2)),
            ("i_size_ratio", ratio(intra_size, mean(inter_of(|picture| picture.bytes)))),
            ("gop_length", gop_length),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut tell = |name: &str, values: &[f64]| {
            told.extend(
                STATISTICS.into_iter().zip(statistics(values)).map(|(statistic, value)| (format!("{name}_{statistic}"), value)),
            );
        };
        tell("frame_size", &finite(each(|picture| picture.bytes)));
        tell("qp", &finite(each(|picture| picture.qp)));
        tell("qp_inter", &finite(inter_of(|picture| picture.qp)));
        tell("qp_spread", &finite(of_sums(|sums| sums.qp_spread)));
        tell("qstep", &finite(each(|picture| picture.qstep)));
        tell("motion", &finite(of_sums(|sums| sums.motion)));
        tell("motion_spread", &finite(of_sums(|sums| sums.motion_spread)));
        told.extend(
            [
                ("skip_share", ratio(area_of(|sums| sums.skip_area), inter_area)),
                ("intra_share", ratio(area_of(|sums| sums.intra_area), inter_area)),
                ("residual_share", ratio(bits[3], all_bits)),
                ("motion_share", ratio(bits[2], all_bits)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if self.pictures.is_empty() {
            told.iter_mut().for_each(|(_, value)| *value = f64::NAN);
        }
        told
    }
}

/// The columns that features are of, in **frames**, **blocks** and **motion**; batches of those schemas tell.
///
/// # Errors
/// They lack some, or they are of other types.
pub fn columns_of_features(tables: [&RecordBatch; 3]) -> Result<[Vec<&'static str>; 3]> {
    let [frames, blocks, motion] = tables.map(Columns::of);
    Features::default().add_frames(&frames, &mut Vec::new())?;
    let mut rows = Pictures::new(&[]);
    rows.add_blocks(&blocks)?;
    rows.add_motion(&motion)?;
    Ok([frames, blocks, motion].map(Columns::asked))
}

fn finite(values: impl Iterator<Item = f64>) -> Vec<f64> {
    values.filter(|value| value.is_finite()).collect()
}

/// As [`STATISTICS`] names them; the deviation is of the population.
#[expect(clippy::cast_precision_loss, reason = "streams have fewer pictures than 2^53")]
fn statistics(values: &[f64]) -> [f64; 4] {
    let mean = mean(values.iter().copied());
    let away: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let least = values.iter().copied().reduce(f64::min).unwrap_or(f64::NAN);
    let most = values.iter().copied().reduce(f64::max).unwrap_or(f64::NAN);
    [mean, (away / values.len() as f64).sqrt(), least, most]
}

/// NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut count, mut total) = (0.0, 0.0);
    for value in values {
        count += 1.0;
        total += value;
    }
    total / count
}

/// NaN where there is nothing to compare with.
fn ratio(value: f64, other: f64) -> f64 {
    if other == 0.0 { f64::NAN } else { value / other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_statistics() {
        assert!(statistics(&[]).iter().all(|value| value.is_nan()));
        assert!(Features::default().tell(25.0).iter().all(|(_, value)| value.is_nan()));
    }

    #[test]
    fn deviations_are_of_the_population() {
        assert_eq!(statistics(&[1.0, 3.0, 5.0, 7.0]), [4.0, 5f64.sqrt(), 1.0, 7.0]);
    }
}
