/** What the tokenizers of models have in common: vocabularies and chat templates, read from their files. */
@NullMarked
package io.paft.merge.tokenizer;

import org.jspecify.annotations.NullMarked;
