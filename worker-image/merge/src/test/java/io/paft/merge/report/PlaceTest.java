package io.paft.merge.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaceTest {
    @ParameterizedTest
    @CsvSource({
        "model.layers.3.self_attn.q_proj.weight, 3, self_attn.q_proj",
        "model.layers.3.self_attn.q_proj.bias, 3, self_attn.q_proj",
        "model.layers.31.input_layernorm.weight, 31, input_layernorm",
        "model.layers.0.mlp.experts.7.gate_proj.weight, 0, mlp.experts.7.gate_proj",
        "transformer.h.11.attn.c_attn.weight, 11, attn.c_attn",
        "encoder.block.0.layer.1.DenseReluDense.wi.weight, 0, layer.1.DenseReluDense.wi",
        "layers.2.wq.weight, 2, wq",
        "model.layers.5.A_log, 5, A_log",
    })
    void insideTheLayers(String tensor, int layer, String module) {
        assertThat(Place.in(List.of(tensor)).apply(tensor)).isEqualTo(new Place(OptionalInt.of(layer), module));
    }

    @ParameterizedTest
    @CsvSource({"model.embed_tokens.weight", "lm_head.weight", "model.norm.weight", "layers.weight", "a.layers.x.b"})
    void outsideTheLayers(String tensor) {
        assertThat(Place.in(List.of(tensor)).apply(tensor)).isEqualTo(new Place(OptionalInt.empty(), tensor));
    }

    @Test
    void stacksDoNotMix() {
        List<String> tensors = List.of(
                "vision.encoder.layers.0.self_attn.q_proj.weight",
                "model.layers.0.self_attn.q_proj.weight",
                "model.layers.1.self_attn.q_proj.weight");
        assertThat(tensors.stream().map(Place.in(tensors)))
                .containsExactly(
                        new Place(OptionalInt.of(0), "vision.encoder.layers.self_attn.q_proj"),
                        new Place(OptionalInt.of(0), "self_attn.q_proj"),
                        new Place(OptionalInt.of(1), "self_attn.q_proj"));
    }
}
