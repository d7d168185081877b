//! Decoding process for macroblock to slice group map: 8.2.2.

use crate::headers::pps::{SliceGroupMap, SliceGroups};
use crate::headers::slice::{SliceHeader, Structure};
use crate::headers::{Pps, Sps};

/// mbToSliceGroupMap (8.2.2.8) of a picture, or of the macroblock pairs of an MBAFF frame; none where there is one slice group.
#[must_use]
pub(crate) fn macroblock_map(sps: &Sps, pps: &Pps, header: &SliceHeader) -> Option<Vec<u8>> {
    let groups = pps.slice_groups.as_ref()?;
    let width = sps.pic_width_in_mbs as usize;
    let height = sps.frame_height_in_mbs as usize / if sps.frame_mbs_only_flag { 1 } else { 2 };
    let units = map_units(groups, width, height, header.slice_group_change_cycle);
    let plain_frame_of_pairs =
        !sps.frame_mbs_only_flag && !sps.mb_adaptive_frame_field_flag && header.structure == Structure::Frame;
    if !plain_frame_of_pairs {
        return Some(units);
    }
    Some((0..2 * width * height).map(|i| units[i / (2 * width) * width + i % width]).collect())
}

/// mapUnitToSliceGroupMap (8.2.2.1 to 8.2.2.7).
fn map_units(groups: &SliceGroups, width: usize, height: usize, change_cycle: u32) -> Vec<u8> {
    let size = width * height;
    let count = groups.count as usize;
    match &groups.map {
        SliceGroupMap::Interleaved { run_length } => interleaved(run_length, size),
        SliceGroupMap::Dispersed => (0..size).map(|i| ((i % width + i / width * count / 2) % count) as u8).collect(),
        SliceGroupMap::Foreground { rectangles } => foreground(rectangles, width, size),
        SliceGroupMap::Explicit { ids } => (0..size).map(|i| ids.get(i).copied().unwrap_or(0)).collect(),
        SliceGroupMap::Changing { map_type, direction_flag, change_rate } => {
            let in_group0 = (u64::from(change_cycle) * u64::from(*change_rate)).min(size as u64) as usize;
            let upper_left = if *direction_flag { size - in_group0 } else { in_group0 };
            match map_type {
                3 => box_out(width, height, in_group0, *direction_flag),
                4 => (0..size).map(|i| u8::from((i < upper_left) == *direction_flag)).collect(),
                _ => (0..size).map(|i| u8::from((i % width * height + i / width < upper_left) == *direction_flag)).collect(),
            }
        }
    }
}

/// Interleaved slice group map type (8.2.2.1).
fn interleaved(run_length: &[u32], size: usize) -> Vec<u8> {
    let mut map = Vec::with_capacity(size);
    while map.len() < size {
        for (group, &run) in run_length.iter().enumerate() {
            let run = (run as usize).min(size - map.len());
            map.extend(std::iter::repeat_n(group as u8, run));
        }
    }
    map
}

/// Foreground with left-over slice group map type (8.2.2.3): rectangles, those of lower number above the others.
fn foreground(rectangles: &[(u32, u32)], width: usize, size: usize) -> Vec<u8> {
    let mut map = vec![rectangles.len() as u8; size];
    for (group, &(top_left, bottom_right)) in rectangles.iter().enumerate().rev() {
        let (top, left) = (top_left as usize / width, top_left as usize % width);
        let (bottom, right) = (bottom_right as usize / width, bottom_right as usize % width);
        for row in top..=bottom.min(size / width - 1) {
            for column in left..=right {
                map[row * width + column] = group as u8;
            }
        }
    }
    map
}

/// Box-out slice group map types (8.2.2.4): a spiral from the centre.
fn box_out(width: usize, height: usize, in_group0: usize, direction_flag: bool) -> Vec<u8> {
    let (width, height, direction) = (width as i32, height as i32, i32::from(direction_flag));
    let mut map = vec![1; (width * height) as usize];
    let (mut x, mut y) = ((width - direction) / 2, (height - direction) / 2);
    let (mut left, mut top, mut right, mut bottom) = (x, y, x, y);
    let (mut x_dir, mut y_dir) = (direction - 1, direction);
    let mut taken = 0;
    while taken < in_group0 {
        let unit = &mut map[(y * width + x) as usize];
        taken += usize::from(std::mem::take(unit));
        if x_dir == -1 && x == left {
            left = (left - 1).max(0);
            x = left;
            (x_dir, y_dir) = (0, 2 * direction - 1);
        } else if x_dir == 1 && x == right {
            right = (right + 1).min(width - 1);
            x = right;
            (x_dir, y_dir) = (0, 1 - 2 * direction);
        } else if y_dir == -1 && y == top {
            top = (top - 1).max(0);
            y = top;
            (x_dir, y_dir) = (1 - 2 * direction, 0);
        } else if y_dir == 1 && y == bottom {
            bottom = (bottom + 1).min(height - 1);
            y = bottom;
            (x_dir, y_dir) = (2 * direction - 1, 0);
        } else {
            (x, y) = (x + x_dir, y + y_dir);
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn box_out_takes_as_many_units_as_it_should() {
        for taken in 0..=30 {
            for direction in [false, true] {
                let map = box_out(6, 5, taken, direction);
                assert_eq!(map.iter().filter(|&&group| group == 0).count(), taken);
            }
        }
    }

    #[test]
    fn dispersed_and_interleaved() {
        let groups = SliceGroups { count: 2, map: SliceGroupMap::Dispersed };
        assert_eq!(map_units(&groups, 4, 2, 0), [0, 1, 0, 1, 1, 0, 1, 0]);
        assert_eq!(interleaved(&[2, 1], 7), [0, 0, 1, 0, 0, 1, 0]);
    }

    #[test]
    fn raster_and_wipe() {
        let changing = |map_type, direction_flag| SliceGroups {
            count: 2,
            map: SliceGroupMap::Changing { map_type, direction_flag, change_rate: 1 },
        };
        assert_eq!(map_units(&changing(4, false), 3, 2, 2), [0, 0, 1, 1, 1, 1]);
        assert_eq!(map_units(&changing(4, true), 3, 2, 2), [1, 1, 1, 1, 0, 0]);
        assert_eq!(map_units(&changing(5, false), 3, 2, 3), [0, 0, 1, 0, 1, 1]);
    }
}
