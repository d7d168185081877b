//! Presentation order behind a picture is what it is from the beginning of the stream.

use std::collections::HashMap;

use codecorpus_bitstream::order::{MAX_DPB_FRAMES, PresentationOrder};
use codecorpus_bitstream::{Event, Poc, Times};
use proptest::prelude::*;

/// The order count of the picture that is read on from.
const BEHIND: i32 = 100;

fn frames(events: Vec<Event>) -> HashMap<u32, u32> {
    let place = |event| if let Event::Shown { coded_order, frame, .. } = event { Some((coded_order, frame)) } else { None };
    events.into_iter().filter_map(place).collect()
}

/// Pictures with these order counts, from `first` in coded order on.
fn add(order: &mut PresentationOrder, first: u32, pocs: &[i32], events: &mut Vec<Event>) {
    for (coded_order, &poc) in (first..).zip(pocs) {
        order.add(coded_order, Poc(poc), Times::default(), MAX_DPB_FRAMES, events);
    }
}

fn distinct(pocs: std::ops::Range<i32>, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<i32>> {
    Just(pocs.collect::<Vec<_>>()).prop_shuffle().prop_flat_map(move |pocs| count.clone().prop_map(move |n| pocs[..n].to_vec()))
}

proptest! {
    #[test]
    fn what_follows_is_placed_alike(leading in distinct(0..BEHIND, 0..17), following in distinct(90..160, 0..60)) {
        let mut whole = PresentationOrder::default();
        let mut events = Vec::new();
        add(&mut whole, 0, &[BEHIND], &mut events);
        add(&mut whole, 1, &leading, &mut events);
        prop_assert!(whole.is_last(0));
        add(&mut whole, 1 + leading.len() as u32, &following, &mut events);
        whole.begin_sequence(&mut events);
        let expected = frames(events);

        let before = leading.len() as u32;
        let mut behind = PresentationOrder::begin_behind(Poc(BEHIND), before);
        let mut events = Vec::new();
        add(&mut behind, 1 + before, &following, &mut events);
        behind.begin_sequence(&mut events);
        let found = frames(events);
        match behind.follows() {
            Some(true) => prop_assert!(found.iter().all(|(picture, frame)| expected.get(picture) == Some(frame))),
            follows => {
                prop_assert_eq!(follows, Some(false));
                prop_assert!(following.iter().take(17).any(|&poc| poc <= BEHIND));
            }
        }
    }
}
