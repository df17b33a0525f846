package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The pre-trained model that both branches start from. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record BaseModel(String uri, @Nullable SecretRef secretRef) {}
