package io.paft.operator.model;

import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;

/** A set of objects that are known to differ: hashing whole Kubernetes objects takes most of a run's time otherwise. */
final class Listed<T> extends AbstractSet<T> {

    private final List<T> objects;

    Listed(List<T> objects) {
        this.objects = objects;
    }

    @Override
    public Iterator<T> iterator() {
        return objects.iterator();
    }

    @Override
    public int size() {
        return objects.size();
    }
}
