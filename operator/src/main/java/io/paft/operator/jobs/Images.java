package io.paft.operator.jobs;

/**
 * The images that stages run in when a pipeline names none.
 *
 * @param trainer of every stage but merges
 * @param merge of merges
 * @param pullPolicy of both
 */
public record Images(String trainer, String merge, String pullPolicy) {}
