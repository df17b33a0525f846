/** PEFT LoRA adapters: their configuration, their names of tensors, and the delta that they stand for. */
@NullMarked
package io.paft.merge.lora;

import org.jspecify.annotations.NullMarked;
