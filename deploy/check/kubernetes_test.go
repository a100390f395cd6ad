package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// objects builds a folder as kubectl apply -k does and decodes every object strictly: a field that Kubernetes does not
// have is an error.
func objects(t *testing.T, folder string) []runtime.Object {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var all []runtime.Object
	for reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text))); ; {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		all = append(all, object)
	}
}

// find returns the objects of a type.
func find[T runtime.Object](all []runtime.Object) []T {
	var found []T
	for _, o := range all {
		if v, ok := o.(T); ok {
			found = append(found, v)
		}
	}
	return found
}

func TestManifestsAreKubernetes(t *testing.T) {
	for _, folder := range []string{"../kubernetes/base", "../kubernetes/tls"} {
		t.Run(folder, func(t *testing.T) {
			all := objects(t, folder)
			deployments := find[*appsv1.Deployment](all)
			if len(deployments) != 1 {
				t.Fatalf("%d deployments", len(deployments))
			}
			checkPod(t, deployments[0].Spec.Template)
			checkServices(t, find[*corev1.Service](all), deployments[0].Spec.Template)
			for _, n := range []int{
				len(find[*policyv1.PodDisruptionBudget](all)), len(find[*autoscalingv2.HorizontalPodAutoscaler](all)),
				len(find[*networkingv1.NetworkPolicy](all)), len(find[*corev1.ConfigMap](all)),
			} {
				if n != 1 {
					t.Errorf("%d objects where there should be one", n)
				}
			}
			for _, p := range find[*policyv1.PodDisruptionBudget](all) {
				if !matches(p.Spec.Selector.MatchLabels, deployments[0].Spec.Template.Labels) {
					t.Errorf("the budget is for others: %v", p.Spec.Selector)
				}
			}
		})
	}
}

func checkPod(t *testing.T, pod corev1.PodTemplateSpec) {
	t.Helper()
	c := pod.Spec.Containers[0]
	s := c.SecurityContext
	if s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		!slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) || !*pod.Spec.SecurityContext.RunAsNonRoot {
		t.Errorf("the pod may do too much: %+v", s)
	}
	for name, probe := range map[string]*corev1.Probe{"liveness": c.LivenessProbe, "readiness": c.ReadinessProbe, "startup": c.StartupProbe} {
		if probe == nil {
			t.Errorf("no %s probe", name)
		}
	}
	tls := slices.ContainsFunc(c.Args, func(a string) bool { return strings.HasPrefix(a, "--tls-cert=") })
	if hasGRPC := c.ReadinessProbe.GRPC != nil; hasGRPC == tls {
		t.Error("gRPC probes work with plain text, and with nothing else")
	}
	for _, mount := range c.VolumeMounts {
		if !slices.ContainsFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
			t.Errorf("no volume %s", mount.Name)
		}
	}
}

func checkServices(t *testing.T, services []*corev1.Service, pod corev1.PodTemplateSpec) {
	t.Helper()
	headless := 0
	for _, s := range services {
		if s.Spec.ClusterIP == corev1.ClusterIPNone {
			headless++
		}
		if !matches(s.Spec.Selector, pod.Labels) {
			t.Errorf("%s selects no pod: %v", s.Name, s.Spec.Selector)
		}
		for _, p := range s.Spec.Ports {
			if !slices.ContainsFunc(pod.Spec.Containers[0].Ports, func(c corev1.ContainerPort) bool { return c.Name == p.TargetPort.StrVal }) {
				t.Errorf("%s: no port %s", s.Name, p.TargetPort.StrVal)
			}
		}
	}
	if headless != 1 {
		t.Errorf("%d headless services", headless)
	}
}

func matches(selector, labels map[string]string) bool {
	for k, v := range selector {
		if labels[k] != v {
			return false
		}
	}
	return len(selector) > 0
}

// A misspelt field is found: otherwise the tests above could not fail.
func TestMisspeltFieldsAreFound(t *testing.T) {
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	_, _, err := decoder.Decode([]byte("apiVersion: v1\nkind: Service\nspec: {clusterIp: None}\n"), nil, nil)
	if err == nil || !strings.Contains(err.Error(), "clusterIp") {
		t.Error(fmt.Errorf("got %w", err))
	}
}
