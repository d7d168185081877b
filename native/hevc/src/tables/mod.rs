//! Constant tables, one file a family.

pub(crate) mod contexts;
pub(crate) mod intra;
pub(crate) mod qp;
pub(crate) mod scaling;
pub(crate) mod scan;
pub(crate) mod sig_coeff;
