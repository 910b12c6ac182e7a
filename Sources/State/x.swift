enum StatePlaceholder {}
