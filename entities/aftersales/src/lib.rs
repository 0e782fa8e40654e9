//! Tables of refunds.

pub mod refund_line;
pub mod refund_record;
