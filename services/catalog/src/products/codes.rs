//! Error codes and permissions of the product catalogue.

use stoa_kernel::{Code, ErrorKind, Permission};

/// See products that are not published: a seller's own, all of them for staff.
pub const READ: Permission = Permission("products.read");
/// Make and change products.
pub const WRITE: Permission = Permission("products.write");
/// Show products to shoppers and take them away.
pub const PUBLISH: Permission = Permission("products.publish");

pub const TITLE_MISSING: Code = Code::new("products.title_missing", ErrorKind::Invalid);
pub const TEXT_INVALID: Code = Code::new("products.text_invalid", ErrorKind::Invalid);
pub const SLUG_INVALID: Code = Code::new("products.slug_invalid", ErrorKind::Invalid);
pub const SLUG_TAKEN: Code = Code::new("products.slug_taken", ErrorKind::Conflict);
pub const SKU_INVALID: Code = Code::new("products.sku_invalid", ErrorKind::Invalid);
pub const SKU_TAKEN: Code = Code::new("products.sku_taken", ErrorKind::Conflict);
pub const OPTION_INVALID: Code = Code::new("products.option_invalid", ErrorKind::Invalid);
pub const TUPLE_INCOMPLETE: Code = Code::new("products.option_tuple_incomplete", ErrorKind::Invalid);
pub const TUPLE_TAKEN: Code = Code::new("products.option_tuple_taken", ErrorKind::Conflict);
pub const TOO_MANY_VARIANTS: Code = Code::new("products.too_many_variants", ErrorKind::Invalid);
pub const GTIN_INVALID: Code = Code::new("products.gtin_invalid", ErrorKind::Invalid);
pub const WEIGHT_INVALID: Code = Code::new("products.weight_invalid", ErrorKind::Invalid);
pub const CATEGORY_UNKNOWN: Code = Code::new("products.category_unknown", ErrorKind::Invalid);
pub const SELLER_MISSING: Code = Code::new("products.seller_missing", ErrorKind::Invalid);
pub const TAX_CLASS_INVALID: Code = Code::new("products.tax_class_invalid", ErrorKind::Invalid);
pub const INVALID_TRANSITION: Code = Code::new("products.invalid_transition", ErrorKind::Conflict);
pub const ARCHIVED: Code = Code::new("products.archived", ErrorKind::Conflict);
pub const NO_ACTIVE_VARIANT: Code = Code::new("products.no_active_variant", ErrorKind::Invalid);
pub const NO_PRICE: Code = Code::new("products.no_price", ErrorKind::Invalid);
pub const NO_PICTURE: Code = Code::new("products.no_picture", ErrorKind::Invalid);
pub const NO_CATEGORY: Code = Code::new("products.no_category", ErrorKind::Invalid);
pub const MEDIA_UNCLEAR: Code = Code::new("products.media_unclear", ErrorKind::Invalid);
pub const TOO_MANY_MEDIA: Code = Code::new("products.too_many_media", ErrorKind::Invalid);

pub(crate) const ALL: &[Code] = &[
    TITLE_MISSING,
    TEXT_INVALID,
    SLUG_INVALID,
    SLUG_TAKEN,
    SKU_INVALID,
    SKU_TAKEN,
    OPTION_INVALID,
    TUPLE_INCOMPLETE,
    TUPLE_TAKEN,
    TOO_MANY_VARIANTS,
    GTIN_INVALID,
    WEIGHT_INVALID,
    CATEGORY_UNKNOWN,
    SELLER_MISSING,
    TAX_CLASS_INVALID,
    INVALID_TRANSITION,
    ARCHIVED,
    NO_ACTIVE_VARIANT,
    NO_PRICE,
    NO_PICTURE,
    NO_CATEGORY,
    MEDIA_UNCLEAR,
    TOO_MANY_MEDIA,
];
