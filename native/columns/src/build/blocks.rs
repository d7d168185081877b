//! **blocks**.

use std::sync::Arc;

use arrow_array::types::{Float32Type, Int16Type, UInt8Type, UInt16Type};
use arrow_array::{Float32Array, PrimitiveArray, RecordBatch};
use codecorpus_bitstream::records::{NO_QP, NONE, Picture, Prediction};

use super::{Mostly, Places, Runs, Shared, TILE, Table, booleans, coded, fields, valid};
use crate::assemble::Context;
use crate::schema;

/// The columns as they grow; [`NO_QP`] and [`NONE`] are null.
#[derive(Debug)]
pub(super) struct Columns {
    runs: Runs,
    places: Places,
    prediction: Vec<u8>,
    skip: Vec<bool>,
    partition: Vec<u8>,
    intra_mode: Vec<u8>,
    qp: Vec<i16>,
    qstep: Vec<f32>,
    transform: Vec<u8>,
    coefs: [Vec<u16>; 2],
    energy: [Vec<f32>; 2],
    bits: [Vec<f32>; 3],
    field: Mostly<0>,
}

impl Columns {
    pub fn with_capacity(rows: usize) -> Self {
        Self {
            runs: Runs::default(),
            places: Places::with_capacity(rows),
            prediction: Vec::with_capacity(rows),
            skip: Vec::with_capacity(rows),
            partition: Vec::with_capacity(rows),
            intra_mode: Vec::with_capacity(rows),
            qp: Vec::with_capacity(rows),
            qstep: Vec::with_capacity(rows),
            transform: Vec::with_capacity(rows),
            coefs: std::array::from_fn(|_| Vec::with_capacity(rows)),
            energy: std::array::from_fn(|_| Vec::with_capacity(rows)),
            bits: std::array::from_fn(|_| Vec::with_capacity(rows)),
            field: Mostly::default(),
        }
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn extend(&mut self, picture: &Picture) {
        let rows = &picture.blocks;
        self.runs.push(picture, rows.len());
        self.places.extend(rows.iter().map(|b| [b.x, b.y, b.w, b.h]));
        for rows in rows.chunks(TILE) {
            self.prediction.extend(rows.iter().map(|b| b.prediction as u8));
            self.skip.extend(rows.iter().map(|b| b.skip));
            self.partition.extend(rows.iter().map(|b| b.partition));
            self.intra_mode.extend(rows.iter().map(|b| b.intra_mode));
            self.qp.extend(rows.iter().map(|b| b.qp));
            self.qstep.extend(rows.iter().map(|b| b.qstep));
            self.transform.extend(rows.iter().map(|b| b.transform));
            self.coefs[0].extend(rows.iter().map(|b| b.coefs));
            self.coefs[1].extend(rows.iter().map(|b| b.coefs_chroma));
            self.energy[0].extend(rows.iter().map(|b| b.energy));
            self.energy[1].extend(rows.iter().map(|b| b.energy_chroma));
            self.bits[0].extend(rows.iter().map(|b| b.bits_mode));
            self.bits[1].extend(rows.iter().map(|b| b.bits_motion));
            self.bits[2].extend(rows.iter().map(|b| b.bits_residual));
            self.field.extend(rows.iter().map(|b| b.field));
        }
    }

    pub fn finish(self, context: &Context, shared: &mut Shared) -> RecordBatch {
        let rows = self.len();
        let mut table = Table::new(schema::blocks(), rows);
        let has_qp = valid(&self.qp, |&qp| qp != NO_QP);
        self.runs.add_keys(&mut table, context);
        for (name, column) in ["block", "x", "y", "w", "h"].into_iter().zip(self.places.finish(shared)) {
            table.add_shared(name, column);
        }
        table.add("prediction", coded(self.prediction, Prediction::NAMES));
        table.add("skip", booleans(&self.skip));
        table.add("partition", coded(self.partition, context.names.partition));
        table.add("intra_mode", coded(self.intra_mode, context.names.intra_mode));
        table.add("qp", PrimitiveArray::<Int16Type>::new(self.qp.into(), has_qp.clone()));
        table.add("qstep", PrimitiveArray::<Float32Type>::new(self.qstep.into(), has_qp));
        table.add_where::<UInt8Type>("transform", self.transform, |&transform| transform != NONE);
        for (name, values) in ["coefs", "coefs_chroma"].into_iter().zip(self.coefs) {
            table.add_values::<UInt16Type>(name, values);
        }
        let floats = self.energy.into_iter().chain(self.bits);
        for (name, values) in ["energy", "energy_chroma", "bits_mode", "bits_motion", "bits_residual"].into_iter().zip(floats) {
            table.add_values::<Float32Type>(name, values);
        }
        table.add_shared("sse", shared.constant("sse", rows, |rows| Arc::new(Float32Array::new_null(rows))));
        table.add_shared("field", self.field.finish("field", shared, fields));
        table.finish()
    }
}
