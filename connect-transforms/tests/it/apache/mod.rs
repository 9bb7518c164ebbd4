mod cast;
mod mask_field;
mod timestamp_converter;
mod timestamp_router;
