enum PassPlaceholder {}
