mod mask_field;
