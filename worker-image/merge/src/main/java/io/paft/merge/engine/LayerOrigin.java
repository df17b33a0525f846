package io.paft.merge.engine;

import io.paft.merge.checkpoint.Model;

/**
 * Where a layer of the output comes from when the output is made of slices.
 *
 * @param model that it is taken from; the base model where that is among the sources
 * @param index of the layer there
 */
public record LayerOrigin(Model model, int index) {}
