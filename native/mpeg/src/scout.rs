//! A scout of units: of whole packets, or of a byte stream that comes in pieces.

use std::fmt::Debug;

use codecorpus_bitstream::Packet;
use codecorpus_bitstream::division::{Cuts, Least, Numbers, Scout};
use codecorpus_bitstream::reader::Framing;

use crate::division::{Count, Preceding};
use crate::units::{Splitter, Unit};

/// What is made of the units of a stream, to find where it can be cut.
pub trait Lookout: Debug + Send {
    type Start: Send + Sync;

    /// The next unit of a byte stream.
    fn unit(&mut self, unit: Unit<'_>);

    /// The next packet, whole.
    fn packet(&mut self, data: &[u8]);

    /// The units of extradata, which are no part of the stream.
    fn configure(&mut self, extradata: &[u8]);

    /// All that has come is looked through: up to where there will be no more cuts.
    fn settle(&mut self);

    /// The cuts that were found.
    fn cuts(&mut self) -> &mut Cuts<Self::Start>;
}

/// A place before a picture.
#[derive(Debug)]
pub struct Place<S> {
    /// Bytes of the stream before it.
    pub at: u64,
    preceding: Preceding,
    /// What a reader begins with there.
    start: S,
}

/// The pictures that have come, and where the stream can be cut.
#[derive(Debug)]
pub struct Places<S> {
    /// Bytes of the stream before what comes next.
    pub at: u64,
    /// The place before the picture that comes next.
    pub before: Option<Place<S>>,
    pub cuts: Cuts<S>,
    count: Count,
    /// An intra picture has come.
    begun: bool,
}

impl<S> Places<S> {
    #[must_use]
    pub fn new(least: Least) -> Self {
        Self { at: 0, before: None, cuts: Cuts::new(least), count: Count::default(), begun: false }
    }

    /// Here a picture may begin; before it the stream can be cut, where enough is known of those before.
    pub fn come_to(&mut self, start: impl FnOnce(Preceding) -> S) {
        let place = |preceding| Place { at: self.at, preceding, start: start(preceding) };
        self.before = self.count.preceding().map(place);
    }

    /// The picture begins. Before one that others refer to the stream is cut.
    pub fn begin(&mut self, before: Option<Place<S>>, is_intra: bool, is_reference: bool) {
        self.begun |= is_intra;
        if let Some(Place { at, preceding, start }) = before.filter(|_| is_reference) {
            let own = Numbers { coded_order: preceding.pictures, frame: preceding.frames() };
            self.cuts.offer_behind(at, own, || start);
        }
        self.cuts.count_picture();
        if self.begun {
            self.count.add(is_reference);
        }
    }

    /// A picture that cannot be read.
    pub fn lose(&mut self) {
        self.count.lose();
    }
}

/// Hands a stream to a lookout, unit by unit or packet by packet.
#[derive(Debug)]
pub struct UnitScout<L> {
    /// None where whole packets are looked through.
    splitter: Option<Splitter>,
    lookout: L,
}

impl<L: Lookout> UnitScout<L> {
    pub fn new(framing: &Framing, lookout: L) -> Self {
        let mut scout = Self { splitter: None, lookout };
        match framing {
            Framing::Packets { extradata } => scout.configure(extradata),
            Framing::ByteStream => scout.splitter = Some(Splitter::default()),
        }
        scout
    }
}

impl<L: Lookout> Scout for UnitScout<L> {
    type Start = L::Start;

    fn look(&mut self, packet: Packet<'_>) {
        if let Some(splitter) = &mut self.splitter {
            splitter.push(packet.data);
            while let Some(unit) = splitter.next_unit(false) {
                self.lookout.unit(unit);
            }
        } else {
            self.lookout.packet(packet.data);
        }
        self.lookout.settle();
    }

    fn configure(&mut self, extradata: &[u8]) {
        self.lookout.configure(extradata);
    }

    fn cuts(&mut self) -> &mut Cuts<L::Start> {
        self.lookout.cuts()
    }
}
