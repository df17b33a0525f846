package io.paft.operator.plan;

/** What keeps a Job's pod from coming or starting, in the words of whoever refuses it. */
public record Obstacle(String reason, String message) {}
