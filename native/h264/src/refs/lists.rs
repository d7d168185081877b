//! Decoding process for reference picture lists construction: 8.2.4.

use codecorpus_bitstream::Poc;

use super::dpb::{Dpb, Frame, Missing};
use super::marking::curr_pic_num;
use crate::headers::slice::{Modification, SliceHeader, SliceType, Structure};

/// An entry of a reference picture list: a frame of the buffer by its index, and which field of it (0: the frame).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) frame: usize,
    pub(crate) parity: u8,
}

/// An entry; none where there is no reference picture, or where it is not known which one.
pub(crate) type List = Vec<Option<Entry>>;

/// RefPicList0 and RefPicList1 of a slice (8.2.4). `poc` is the current picture's PicOrderCnt.
#[must_use]
pub(crate) fn derive(dpb: &mut Dpb, header: &SliceHeader, poc: Poc, max_frame_num: u32) -> [List; 2] {
    dpb.derive_frame_num_wrap(header.frame_num, max_frame_num);
    let mut lists = match header.slice_type {
        SliceType::I => return [List::new(), List::new()],
        SliceType::P => [initial_p(dpb, header.structure), List::new()],
        SliceType::B => initial_b(dpb, header.structure, poc),
    };
    for (list, entries) in lists.iter_mut().enumerate() {
        entries.resize(header.num_ref_idx_active[list] as usize, None);
        modify(entries, dpb, header, list, max_frame_num);
    }
    lists
}

fn frames_where(dpb: &Dpb, test: impl Fn(&Frame) -> bool) -> Vec<usize> {
    (0..dpb.frames.len()).filter(|&i| test(&dpb.frames[i])).collect()
}

fn frame_entries(frames: &[usize]) -> impl Iterator<Item = Option<Entry>> {
    frames.iter().map(|&frame| Some(Entry { frame, parity: 0 }))
}

/// 8.2.4.2.1 for frames, 8.2.4.2.2 for fields.
fn initial_p(dpb: &Dpb, structure: Structure) -> List {
    let frames = &dpb.frames;
    if structure == Structure::Frame {
        let mut short = frames_where(dpb, |f| f.short_term == 3);
        short.sort_by_key(|&i| -frames[i].frame_num_wrap);
        let mut long = frames_where(dpb, |f| f.long_term == 3);
        long.sort_by_key(|&i| frames[i].long_term_frame_idx);
        return frame_entries(&short).chain(frame_entries(&long)).collect();
    }
    let mut short = frames_where(dpb, |f| f.short_term != 0);
    short.sort_by_key(|&i| -frames[i].frame_num_wrap);
    let mut list = alternate_fields(dpb, &short, structure, |f| f.short_term);
    list.extend(long_term_fields(dpb, structure));
    list
}

/// refFrameListLongTerm, as fields (8.2.4.2.2, 8.2.4.2.4).
fn long_term_fields(dpb: &Dpb, structure: Structure) -> List {
    let mut long = frames_where(dpb, |f| f.long_term != 0);
    long.sort_by_key(|&i| dpb.frames[i].long_term_frame_idx);
    alternate_fields(dpb, &long, structure, |f| f.long_term)
}

/// 8.2.4.2.3 for frames, 8.2.4.2.4 for fields.
///
/// Where the order count of a lost short-term reference is not known, no place in the initial lists is.
fn initial_b(dpb: &Dpb, structure: Structure, poc: Poc) -> [List; 2] {
    let frames = &dpb.frames;
    let is_frame = structure == Structure::Frame;
    let usable = |f: &Frame| {
        (if is_frame { f.short_term == 3 } else { f.short_term != 0 }) && (f.missing != Some(Missing::Inferred) || f.has_order)
    };
    let short = frames_where(dpb, usable);
    // For fields, the first field of the same frame may be among them, with an order count not above the current one.
    let (mut before, mut after): (Vec<_>, Vec<_>) = short.into_iter().partition(|&i| {
        let other = frames[i].pic_order_cnt();
        if is_frame { other < poc } else { other <= poc }
    });
    before.sort_by_key(|&i| std::cmp::Reverse(frames[i].pic_order_cnt()));
    after.sort_by_key(|&i| frames[i].pic_order_cnt());
    let orders = [[before.clone(), after.clone()].concat(), [after, before].concat()];
    let mut lists = orders.map(|order| {
        if is_frame {
            let mut long = frames_where(dpb, |f| f.long_term == 3);
            long.sort_by_key(|&i| frames[i].long_term_frame_idx);
            frame_entries(&order).chain(frame_entries(&long)).collect::<List>()
        } else {
            let mut list = alternate_fields(dpb, &order, structure, |f| f.short_term);
            list.extend(long_term_fields(dpb, structure));
            list
        }
    });
    if lists[1].len() > 1 && lists[0] == lists[1] {
        lists[1].swap(0, 1);
    }
    if frames.iter().any(|f| f.missing == Some(Missing::Lost) && !f.has_order && f.short_term != 0) {
        lists.iter_mut().for_each(|list| list.fill(None));
    }
    lists
}

/// Initialization process for reference picture lists in fields (8.2.4.2.5).
fn alternate_fields(dpb: &Dpb, order: &[usize], structure: Structure, marked: impl Fn(&Frame) -> u8) -> List {
    let mut list = List::new();
    let same = structure.fields();
    let mut next = [0, 0];
    let parities = [same, 3 - same];
    let mut turn = 0;
    let find = |from: usize, parity: u8| (from..order.len()).find(|&i| marked(&dpb.frames[order[i]]) & parity != 0);
    loop {
        let parity = parities[turn];
        if let Some(at) = find(next[turn], parity) {
            list.push(Some(Entry { frame: order[at], parity }));
            next[turn] = at + 1;
            turn ^= 1;
            continue;
        }
        // No field of this parity is left: the rest are those of the other, in order.
        let parity = parities[turn ^ 1];
        while let Some(at) = find(next[turn ^ 1], parity) {
            list.push(Some(Entry { frame: order[at], parity }));
            next[turn ^ 1] = at + 1;
        }
        return list;
    }
}

/// Modification process for reference picture lists (8.2.4.3).
fn modify(list: &mut List, dpb: &Dpb, header: &SliceHeader, which: usize, max_frame_num: u32) {
    let structure = header.structure;
    let max_pic_num = if structure == Structure::Frame { max_frame_num as i32 } else { 2 * max_frame_num as i32 };
    let curr_pic_num = curr_pic_num(header);
    let mut predicted = curr_pic_num;
    let length = list.len();
    for (index, &modification) in header.modifications[which].iter().enumerate().take(length) {
        let found = match modification {
            Modification::LongTermPicNum(number) => dpb.long_term_picture(number, structure),
            Modification::Subtract(difference) => {
                predicted = wrap(predicted.wrapping_sub(difference as i32), max_pic_num);
                dpb.short_term_picture(unwrap(predicted, curr_pic_num, max_pic_num), structure)
            }
            Modification::Add(difference) => {
                predicted = wrap(predicted.wrapping_add(difference as i32), max_pic_num);
                dpb.short_term_picture(unwrap(predicted, curr_pic_num, max_pic_num), structure)
            }
        };
        let entry = found.map(|(frame, fields)| Entry { frame, parity: if structure == Structure::Frame { 0 } else { fields } });
        // The entry moves to its place; its old place closes up, or the last entry falls out.
        list.insert(index, entry);
        let old = entry.and_then(|_| (index + 1..list.len()).find(|&i| list[i] == entry));
        list.remove(old.unwrap_or(length));
    }
}

/// picNumLXNoWrap stays in 0..MaxPicNum (8.2.4.3.1).
fn wrap(pic_num: i32, max_pic_num: i32) -> i32 {
    pic_num.rem_euclid(max_pic_num)
}

/// picNumLX of picNumLXNoWrap (8.2.4.3.1).
fn unwrap(pic_num: i32, curr_pic_num: i32, max_pic_num: i32) -> i32 {
    if pic_num > curr_pic_num { pic_num - max_pic_num } else { pic_num }
}
